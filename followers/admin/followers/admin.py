"""The followers: a list to search, filter and export, and a page for each of them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls.resolvers import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from followers.accounts.access import Rights, has_perm, own_accounts
from followers.models import Follower, OfficialAccount
from followers.segments.filter import ACCOUNT, TAG, of_accounts
from followers.segments.texts import visible
from followers.wechat.sources import source_name

from ..changes.history import touches
from ..shared import labels
from ..shared.chosen_account import chosen_account
from ..shared.endpoints import address
from ..shared.formats import format_datetime
from ..shared.model_admin import RecordAdmin
from . import cells, changing, exporting, importing, profile_words, refreshing
from .changelist import FollowerChangeList
from .exporting import channels_to_export, notes_to_export
from .filters import LIST_FILTERS
from .paginator import CappedPaginator
from .related import attach, columns
from .selection import BAR, from_bar
from .timeline import siblings, timeline

# What the page of a follower tells below the timeline, where it is known.
KNOWN = {
    "followed": "subscribe_time",
    "source": "subscribe_scene",
    "channel": "shown_channel",
    "qr_scene": "qr_scene",
    "qr_scene_text": "qr_scene_str",
    "language_name": "language",
    "unionid_code": "unionid",
    "remark_text": "remark",
    "details_as_of": "details_synced_at",
}


@admin.register(Follower)
class FollowerAdmin(RecordAdmin):
    """Followers come from WeChat alone: nobody adds or deletes one, and changes go to WeChat."""

    changelist_class = FollowerChangeList
    actions = (
        exporting.export_csv,
        exporting.export_csv_with_notes,
        exporting.export_csv_with_channels,
        refreshing.refresh_details,
    )
    list_filter = LIST_FILTERS
    list_filter_submit = True
    list_filter_sheet = True
    list_before_template = "admin/followers/follower/before_list.html"
    change_form_outer_before_template = "admin/followers/follower/before_form.html"
    list_display_links = None
    list_select_related = ("account",)
    list_per_page = 50
    ordering = ("-id",)
    paginator = CappedPaginator
    readonly_fields = (*KNOWN, "on_blacklist", "known_as_of")
    search_fields = ("openid", "unionid", "remark", "note")
    search_help_text = gettext_lazy("OpenID, UnionID, remark or internal note")
    show_facets = ShowFacets.NEVER
    show_full_result_count = False

    class Media:
        css = {"all": ("followers/followers.css",)}
        js = ("followers/followers.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follower]:
        followers = super().get_queryset(request)
        own = list(own_accounts(request.user))
        if len(own) > 1 and len(own) == OfficialAccount.objects.count():
            # A condition that holds for every row only leads the planner to a slower way. Of a
            # single account it leads to the indexes, all of which begin with the account.
            return followers
        return of_accounts(followers, own, tagged=TAG in request.GET)

    def get_urls(self) -> list[URLPattern]:
        return [
            address(self, "<path:object_id>/edit/", changing.edit_one, "edit"),
            address(self, "<path:object_id>/refresh/", refreshing.refresh_one, "refresh"),
            *importing.urls(self),
            *super().get_urls(),
        ]

    # --- actions ------------------------------------------------------------------------------

    def has_export_permission(self, request: HttpRequest) -> bool:
        return has_perm(request.user, "export_follower", chosen_account(request))

    def has_refresh_permission(self, request: HttpRequest) -> bool:
        return has_perm(request.user, "sync_officialaccount", chosen_account(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        if not channels_to_export(request):
            found.pop("export_csv_with_channels", None)
        if not notes_to_export(request):
            found.pop("export_csv_with_notes", None)
        return found if IS_POPUP_VAR in request.GET else found | changing.bulk_actions(request)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Follower]
    ) -> HttpResponseBase | None:
        changing.require_action(request)
        return super().response_action(request, queryset)

    # --- the list -----------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Follower], search_term: str
    ) -> tuple[QuerySet[Follower], bool]:
        # FollowerChangeList searches by itself: it has to say when it cannot.
        return queryset, False

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Only columns that can hold something: one account needs no name on every row."""
        own, chosen = list(own_accounts(request.user)), request.GET.get(ACCOUNT, "")
        shown = [pk for pk in own if str(pk) == chosen] or own
        first = ["who", "account_name", "state"] if len(shown) > 1 else ["who", "state"]
        optional = columns(shown)
        last = [name for name in optional if name == "left"]
        return [*first, *(name for name in optional if name != "left"), "seen", *last]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if BAR in request.POST:
            request.POST = from_bar(request.POST)  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        rights = Rights(request.user, chosen_account(request))
        may_export = rights["export_follower"]
        return {
            "title": _("Followers"),
            "bar": BAR,
            "rights": rights,
            "import_account": chosen_account(request),
            "channels_to_export": may_export and channels_to_export(request),
            "notes_to_export": may_export and notes_to_export(request),
            **changing.bulk_context(request),
        }

    @display(description=gettext_lazy("Follower"))
    def who(self, follower: Follower) -> SafeString:
        return cells.who(follower)

    @display(description=gettext_lazy("account"))
    def account_name(self, follower: Follower) -> str:
        return follower.account.name

    @display(description=gettext_lazy("status"))
    def state(self, follower: Follower) -> SafeString:
        return cells.state(follower)

    @display(description=gettext_lazy("tags"), empty_value="")
    def tagged(self, follower: Any) -> SafeString | str:
        return labels.tag_labels(follower.shown_tags, most=4)

    @display(description=gettext_lazy("source"), empty_value="")
    def came_from(self, follower: Any) -> SafeString | str:
        return cells.came_from(follower, follower.shown_channel)

    @display(description=gettext_lazy("followed at"))
    def followed(self, follower: Follower) -> str:
        return format_datetime(follower.subscribe_time)

    # Rows are numbered as they were first seen, and only that order has an index.
    @display(description=gettext_lazy("first seen"), ordering="id")
    def seen(self, follower: Follower) -> SafeString:
        return cells.seen(follower)

    @display(description=gettext_lazy("left at"))
    def left(self, follower: Follower) -> str:
        return format_datetime(follower.unsubscribed_at)

    # --- one follower -------------------------------------------------------------------------

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        return attach([found])[0] if found else None

    def get_fields(self, request: HttpRequest, obj: Follower | None = None) -> list[str]:
        """What the head of the page does not say; WeChat tells little, and empty lines nothing."""
        known = [name for name, at in KNOWN.items() if getattr(obj, at, None) not in ("", None)]
        return ["account", *known, "on_blacklist", "known_as_of"]

    @display(description=gettext_lazy("source"))
    def source(self, follower: Follower) -> SafeString:
        return labels.explained(source_name(follower.subscribe_scene), follower.subscribe_scene)

    @display(description=gettext_lazy("channel"))
    def channel(self, follower: Any) -> SafeString:
        return labels.explained(follower.shown_channel.name, follower.shown_channel.group)

    @display(description=gettext_lazy("QR scene text"))
    def qr_scene_text(self, follower: Follower) -> SafeString:
        return labels.plain(follower.qr_scene_str)

    @display(description=gettext_lazy("language"))
    def language_name(self, follower: Follower) -> SafeString:
        return labels.explained(profile_words.language(follower.language), follower.language)

    @display(description="UnionID")
    def unionid_code(self, follower: Follower) -> SafeString:
        return labels.code(follower.unionid)

    @display(description=gettext_lazy("remark"))
    def remark_text(self, follower: Follower) -> SafeString:
        return labels.plain(follower.remark)

    @display(description=gettext_lazy("blacklisted"))
    def on_blacklist(self, follower: Follower) -> str:
        return profile_words.yes_no(follower.blacklisted)

    @display(description=gettext_lazy("details as of"))
    def details_as_of(self, follower: Follower) -> str:
        return format_datetime(follower.details_synced_at)

    @display(description=gettext_lazy("status as of"))
    def known_as_of(self, follower: Follower) -> str:
        return format_datetime(follower.status_as_of)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        follower = context["original"]
        changed = touches(follower)
        context |= {
            **changing.edit_context(request, follower),
            "title": _("Follower"),
            "follower": follower,
            "name": visible(follower.remark) or follower.openid,
            "state": cells.state(follower),
            "tags": labels.tag_labels(follower.shown_tags),
            "earlier_profile": profile_words.earlier_profile(follower.legacy),
            "rights": Rights(request.user, follower.account),
            "timeline": timeline(follower, changed),
            "under_way": changing.under_way(changed),
            "copy": cells.copy_button(follower.openid),
            "siblings": [
                {"follower": other, "state": cells.state(other)}
                for other in siblings(follower, request.user)
            ],
        }
        return super().render_change_form(request, context, *args, **kwargs)
