"""The ModelAdmins that every page builds on: safe lists, objects of one's own accounts, records."""

from typing import Any, NoReturn

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from followers.accounts.access import has_perm, visible_to_user
from followers.models import OfficialAccount

from .safe_changelist import MAX_SEARCH, SafeChangeList, is_key


class PageAdmin(ModelAdmin):
    """For every page: a list that no address can mislead, and 404 for what the user may not see.

    That it exists is nobody else's business; Django's own answer is a redirect to the home page
    with a message.
    """

    changelist_class = SafeChangeList

    def _get_obj_does_not_exist_redirect(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SafeChangeList]:
        return self.changelist_class

    def answer(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """A page of its own among those of the admin; its context needs a title."""
        site = {**self.admin_site.each_context(request), "is_nav_sidebar_enabled": True}
        own = {"opts": self.opts, "media": self.media, **context}
        return TemplateResponse(request, template, {**site, **own})

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the list's template needs besides the list."""
        return {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Also what the fields that complete a name ask for."""
        if "\0" in search_term or len(search_term) > MAX_SEARCH:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """Without what cannot be a key: if nothing is left, Django says that nothing is ticked."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        keys = [value for value in ticked if is_key(self.model, value)]
        form = request.POST.copy()
        form.setlist(ACTION_CHECKBOX_NAME, keys)
        request.POST = form  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if request.method == "POST" and not self.get_actions(request):
            # Django would show the list as if nothing had been asked for.
            raise PermissionDenied
        context = {**self.list_context(request), **(extra_context or {})}
        return super().changelist_view(request, context)


class OwnObjectsAdmin(PageAdmin):
    """For what belongs to an account: objects of the user's own, and `access` says what they may.

    A model without `account` is the account itself, or says whose it is by `account_of`.
    """

    def account_of(self, obj: Any) -> OfficialAccount | int | None:
        return obj if isinstance(obj, OfficialAccount) else getattr(obj, "account_id", None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_to_user(super().get_queryset(request), request.user)

    def _may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        what = get_permission_codename(action, self.opts)
        return has_perm(request.user, what, self.account_of(obj))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def own_object(self, request: HttpRequest, object_id: str | int) -> Any:
        """The object with this key, where the user may see it.

        Http404 for what is not of their accounts. PermissionDenied without the permission to look
        at such objects: whatever is done to one, the answer tells something about it.
        """
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404(_("There is nothing at this address, or you may not see it."))
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found


class RecordAdmin(OwnObjectsAdmin):
    """For what comes from WeChat or is a record: nobody adds, edits or deletes it here.

    So the permission to change such things means nothing.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
