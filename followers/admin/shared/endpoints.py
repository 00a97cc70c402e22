"""Addresses that change something, and answers that are files."""

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


def address(model_admin: OwnObjectsAdmin, route: str, view: View, name: str) -> URLPattern:
    """`view(model_admin, request, **from the route)` for those who may enter the admin.

    Its name is followers_<model>_<name>.
    """
    wrapped = model_admin.admin_site.admin_view(partial(view, model_admin))
    return path(route, wrapped, name=f"followers_{model_admin.opts.model_name}_{name}")


def post_only(permission: str) -> Callable[[ObjectView], View]:
    """Make `view(model_admin, request, object)` one that changes the object of `object_id`.

    Anything but POST is answered 405, a missing permission 403, a foreign object 404. CSRF is
    checked by `admin_view`, which `address` wraps it in.
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
    """A file to keep; one that comes in pieces is sent as they come."""
    answer = HttpResponse if isinstance(content, str | bytes) else StreamingHttpResponse
    response = answer(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
