"""Helpers for views: addresses, POST endpoints, file responses."""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.http import content_disposition_header

from followers.accounts.access import require_perm

from .model_admin import OwnObjectsAdmin

View = Callable[..., HttpResponseBase]
ObjectView = Callable[[Any, HttpRequest, Any], HttpResponseBase]


def admin_path(model_admin: OwnObjectsAdmin, route: str, view: View, name: str) -> URLPattern:
    """The URL pattern of `view(model_admin, request, **kwargs of the route)` within the admin.

    It is named followers_<model>_<name>.
    """
    wrapped = model_admin.admin_site.admin_view(partial(view, model_admin))
    return path(route, wrapped, name=f"followers_{model_admin.opts.model_name}_{name}")


def post_only(permission: str) -> Callable[[ObjectView], View]:
    """Decorate `view(model_admin, request, object)`, which changes the object `object_id`.

    405 for anything but POST, 403 without the permission, 404 for objects of other accounts. CSRF
    is checked by `admin_view`, in which `admin_path` wraps it.
    """

    def decorate(view: ObjectView) -> View:
        @wraps(view)
        def endpoint(
            model_admin: Any, request: HttpRequest, object_id: str | int
        ) -> HttpResponseBase:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            require_perm(request.user, permission)
            found = model_admin.own_object(request, object_id)
            require_perm(request.user, permission, model_admin.account_of(found))
            return view(model_admin, request, found)

        return endpoint

    return decorate


def attachment(
    content: Iterable[str] | bytes, name: str, kind: str = "text/csv; charset=utf-8"
) -> HttpResponseBase:
    """A file download; an iterable of texts is streamed."""
    answer = HttpResponse if isinstance(content, str | bytes) else StreamingHttpResponse
    response = answer(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
