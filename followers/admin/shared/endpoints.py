"""Addresses that change something, and answers that are files."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from .model_admin import own_object

Change = Callable[[Any, HttpRequest, Any], HttpResponseBase]
Endpoint = Callable[[Any, HttpRequest, str], HttpResponseBase]
SYNC = "followers.sync_officialaccount"


def may_sync(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(SYNC))


def attachment(
    content: Iterable[str] | bytes, name: str, kind: str = "text/csv; charset=utf-8"
) -> HttpResponseBase:
    """A file to keep; one that comes in pieces is sent as they come."""
    answer = HttpResponse if isinstance(content, str | bytes) else StreamingHttpResponse
    response = answer(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def changes(permission: Callable[[HttpRequest], bool]) -> Callable[[Change], Endpoint]:
    """Make a ModelAdmin method `(self, request, object)` an endpoint that changes something.

    Anything but POST is answered 405, a missing permission 403, a foreign object 404. CSRF is
    checked by `admin_view`, which the address must be wrapped in.
    """

    def decorate(method: Change) -> Endpoint:
        @wraps(method)
        def endpoint(self: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not permission(request):
                raise PermissionDenied
            return method(self, request, own_object(self, request, object_id))

        return endpoint

    return decorate
