"""The followers: a list to search, filter and export, and a page for each of them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from followers.export import export, file_name
from followers.models import Follower, OfficialAccount

from . import cells
from .changelist import FollowerChangeList
from .common import OwnObjectsMixin
from .filters import ACCOUNT, FILTERS
from .history import siblings, timeline
from .paginator import CappedPaginator


@admin.register(Follower)
class FollowerAdmin(OwnObjectsMixin, ModelAdmin):
    """Followers come from WeChat alone: nobody adds, changes or deletes one by hand."""

    actions = ("export_csv",)
    list_filter = FILTERS
    list_filter_submit = True
    list_filter_sheet = True
    list_before_template = "admin/followers/follower/before_list.html"
    change_form_outer_before_template = "admin/followers/follower/before_form.html"
    list_display_links = None
    list_select_related = ("account",)
    list_per_page = 50
    ordering = ("-id",)
    paginator = CappedPaginator
    search_fields = ("openid", "unionid", "remark")
    search_help_text = gettext_lazy("OpenID, UnionID or remark")
    show_facets = ShowFacets.NEVER
    show_full_result_count = False

    class Media:
        js = ("followers/followers.js",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Follower | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Follower | None = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("followers.export_follower"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follower]:
        followers = super().get_queryset(request)
        own = self._accounts(request)
        if len(own) == OfficialAccount.objects.count():
            # A condition that holds for every row only leads the planner to a slower way.
            return followers
        # Keys, not a subquery: with one account the planner reads its index in the list's order.
        return followers.filter(account_id__in=own)

    def _accounts(self, request: HttpRequest) -> list[int]:
        accounts = OfficialAccount.objects.visible_to(request.user)
        return list(accounts.values_list("pk", flat=True))

    # --- the list -----------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FollowerChangeList]:
        return FollowerChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Follower], search_term: str
    ) -> tuple[QuerySet[Follower], bool]:
        # FollowerChangeList searches by itself: it has to say when it cannot.
        return queryset, False

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Only columns that can hold something: one account needs no name on every row."""
        columns = ["who", "state", "seen"]
        accounts = self._accounts(request)
        if len(accounts) > 1 and not request.GET.get(ACCOUNT):
            columns.insert(1, "account_name")
        if Follower.objects.filter(account_id__in=accounts, subscribed=False).exists():
            columns.append("left")
        return columns

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if ERROR_FLAG in request.GET:
            text = _("The address held a filter that does not exist, so no filter is applied.")
            messages.warning(request, text)
        context = {"title": _("Followers"), "may_export": self.has_export_permission(request)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @display(description=gettext_lazy("Follower"))
    def who(self, follower: Follower) -> SafeString:
        return cells.who(follower)

    @display(description=gettext_lazy("account"))
    def account_name(self, follower: Follower) -> str:
        return follower.account.name

    @display(description=gettext_lazy("status"))
    def state(self, follower: Follower) -> SafeString:
        return cells.state(follower)

    # Rows are numbered as they were first seen, and only that order has an index.
    @display(description=gettext_lazy("first seen"), ordering="id")
    def seen(self, follower: Follower) -> SafeString:
        return cells.seen(follower)

    @display(description=gettext_lazy("left at"))
    def left(self, follower: Follower) -> str:
        return cells.moment(follower.unsubscribed_at)

    # --- export -------------------------------------------------------------------------------

    @action(description=gettext_lazy("Export as CSV"), permissions=["export"])
    def export_csv(
        self, request: HttpRequest, queryset: QuerySet[Follower]
    ) -> HttpResponseBase | None:
        """Answer with the file of the ticked followers, or of all that match the list's filters."""
        if queryset.query.is_empty():
            text = _("Nothing was exported: the filter could not be understood.")
            messages.error(request, text)
            return None
        everything = request.POST.get("select_across") == "1"
        account = self._exported_account(request)
        filters = {
            "params": {name: values for name, values in request.GET.lists() if any(values)},
            "selected": None if everything else len(request.POST.getlist("_selected_action")),
        }
        lines = export(queryset, user=request.user, account=account, filters=filters)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = content_disposition_header(as_attachment=True, filename=file_name(account))
        response["Content-Disposition"] = name
        return response

    def _exported_account(self, request: HttpRequest) -> OfficialAccount | None:
        """The one account that the list covers, if it is one."""
        accounts = OfficialAccount.objects.visible_to(request.user)
        if key := request.GET.get(ACCOUNT):
            return accounts.filter(pk=key).first()
        only = list(accounts[:2])
        return only[0] if len(only) == 1 else None

    # --- one follower -------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Follower | None = None) -> list[str]:
        """What the head of the page does not say; WeChat tells little, and empty lines nothing."""
        optional = (
            "unionid",
            "subscribe_time",
            "subscribe_scene",
            "qr_scene",
            "qr_scene_str",
            "language",
            "details_synced_at",
        )
        known = [name for name in optional if getattr(obj, name, None) not in ("", None)]
        return ["account", *known, "status_as_of"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        context: dict[str, Any] = {"title": _("Follower")}
        if follower := self.get_object(request, object_id):
            context |= {
                "follower": follower,
                "name": cells.visible(follower.remark) or follower.openid,
                "state": cells.state(follower),
                "timeline": timeline(follower),
                "copy": cells.copy_button(follower.openid),
                "siblings": [
                    {"follower": other, "state": cells.state(other)}
                    for other in siblings(follower, request.user)
                ],
            }
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )
