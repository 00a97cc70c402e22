"""What the pages share: who may do what, objects of the user's own accounts, POST endpoints."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from followers.models import OfficialAccount, SyncRun

from .guard import GuardedListMixin

Change = Callable[[Any, HttpRequest, Any], HttpResponseBase]
Endpoint = Callable[[Any, HttpRequest, str], HttpResponseBase]
SYNC = "followers.sync_officialaccount"


def may_sync(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(SYNC))


def account_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_change", args=[account.pk])


def sync_url(account: OfficialAccount) -> str:
    return reverse("admin:followers_officialaccount_sync", args=[account.pk])


def run_url(run: SyncRun) -> str:
    return reverse("admin:followers_syncrun_change", args=[run.pk])


def follower_list_url(account: OfficialAccount) -> str:
    address = reverse("admin:followers_follower_changelist")
    return f"{address}?account__id__exact={account.pk}"


def current_followers_url(account: OfficialAccount) -> str:
    """The list of those whom a follower count counts: it leaves out who has left."""
    return f"{follower_list_url(account)}&subscribed__exact=1"


def attachment(
    content: Iterable[str] | bytes, name: str, kind: str = "text/csv; charset=utf-8"
) -> HttpResponseBase:
    """A file to keep; one that comes in pieces is sent as they come."""
    answer = HttpResponse if isinstance(content, str | bytes) else StreamingHttpResponse
    response = answer(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


class OwnObjectsMixin(GuardedListMixin):
    """404 for whatever the user may not see: that it exists is nobody else's business.

    Django's own answer is a redirect to the home page with a message.
    """

    def _get_obj_does_not_exist_redirect(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404


class ReadOnlyMixin(OwnObjectsMixin):
    """For what comes from WeChat or is a record: nobody adds, edits or deletes it here.

    So the permission to change such things means nothing; Django's admin would show them to whoever
    has it.
    """

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        opts = self.opts  # type: ignore[attr-defined]
        name = get_permission_codename("view", opts)
        return bool(request.user.has_perm(f"{opts.app_label}.{name}"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def own_object(model_admin: admin.ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """The object of `model_admin` with this key, where the user may see it.

    Http404 for what is not of their accounts. PermissionDenied without the permission to look at
    such objects: whatever is done to one, the answer tells something about it.
    """
    found = model_admin.get_object(request, object_id)
    if found is None:
        raise Http404(_("There is nothing at this address, or you may not see it."))
    if not model_admin.has_view_permission(request, found):
        raise PermissionDenied
    return found


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
