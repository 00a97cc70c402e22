"""Base classes of all ModelAdmins: safe lists, objects of the user's accounts, records."""

from typing import Any, NoReturn
from urllib.parse import urlencode

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from followers.accounts.access import has_perm, visible_to_user
from followers.models import OfficialAccount

from .safe_changelist import MAX_SEARCH, SafeChangeList, is_key


class PageAdmin(ModelAdmin):
    """A list with safe parameters, and 404 for objects that the user may not see.

    Django redirects to the home page with a message that discloses that the object exists.
    """

    changelist_class = SafeChangeList
    # The activity log's filter that shows what was done to an object; "" where it has none.
    log_filter = ""

    def _get_obj_does_not_exist_redirect(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[SafeChangeList]:
        return self.changelist_class

    def answer(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        """Render a page within the admin's layout; the context needs a title."""
        site = {**self.admin_site.each_context(request), "is_nav_sidebar_enabled": True}
        own = {"opts": self.opts, "media": self.media, **context}
        return TemplateResponse(request, template, {**site, **own})

    def log_url(self, request: HttpRequest, obj: Any) -> str:
        """Of what happened to the object; "" where none tells, or may be read."""
        if obj is None or not self.log_filter or not has_perm(request.user, "view_auditentry"):
            return ""
        asked = urlencode({self.log_filter: obj.pk})
        return f"{reverse('admin:followers_auditentry_changelist')}?{asked}"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["log_url"] = self.log_url(request, context.get("original"))
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """To the activity log; Django's own history tells half, by the names of fields."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        address = self.log_url(request, obj)
        if not address:
            raise Http404
        return HttpResponseRedirect(address)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        """Additional context of the list's template."""
        return {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Used by autocomplete fields, too."""
        if "\0" in search_term or len(search_term) > MAX_SEARCH:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """Drop invalid keys; if none is left, Django says that nothing is selected."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        keys = [value for value in ticked if is_key(self.model, value)]
        form = request.POST.copy()
        form.setlist(ACTION_CHECKBOX_NAME, keys)
        request.POST = form  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        saves = self.list_editable and "_save" in request.POST
        if request.method == "POST" and not saves and not self.get_actions(request):
            # Django would ignore the request and show the list.
            raise PermissionDenied
        context = {**self.list_context(request), **(extra_context or {})}
        return super().changelist_view(request, context)


class OwnObjectsAdmin(PageAdmin):
    """For models that belong to an account: `accounts.access` decides who sees and changes what."""

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
        """The object with this key, if the user may see it.

        Raises Http404 for objects of other accounts, PermissionDenied without the permission to
        view such objects: the response to any action discloses something about the object.
        """
        found = self.get_object(request, str(object_id))
        if found is None:
            raise Http404(_("There is nothing at this address, or you may not see it."))
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found


class RecordAdmin(OwnObjectsAdmin):
    """For data from WeChat and for logs: they cannot be added, changed or deleted here."""

    # Those of "add", "change" and "delete" that addresses beside the admin's own forms ask for.
    rights_elsewhere: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
