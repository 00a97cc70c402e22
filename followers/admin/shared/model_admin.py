"""What the ModelAdmins of all pages share: objects of one's own accounts, and records."""

from typing import Any, NoReturn

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from .safe_changelist import GuardedListMixin


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
