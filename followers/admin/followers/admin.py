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

from followers.accounts.access import Rights, has_perm, load_accounts, own_accounts
from followers.formats import format_datetime
from followers.models import Follower
from followers.segments.filter import of_accounts
from followers.segments.texts import printable_text
from followers.wechat.sources import source_name

from ..changes.follower_changes import changes_for
from ..shared import labels, segments
from ..shared.chosen_account import chosen_account
from ..shared.endpoints import admin_path
from ..shared.model_admin import PageAdmin, RecordAdmin
from . import (
    cells,
    change_views,
    export_actions,
    import_views,
    list_preferences,
    live_views,
    profile_words,
    refresh_views,
)
from .action_bar import bar_context
from .changelist import FollowerChangeList
from .export_actions import channels_to_export, notes_to_export
from .filters import LIST_FILTERS, query_of
from .paginator import CappedPaginator
from .related import attach_related
from .selection import BUTTON, action_of_button
from .timeline import same_follower_elsewhere, timeline

# Names of stylesheets, and of scripts.
ASSETS = ("followers", "list", "filters", "changes")
# Read-only fields below the timeline: shown if this field of the follower has a value.
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
    """Followers come from WeChat: users cannot add or delete them, and changes go to WeChat."""

    changelist_class = FollowerChangeList
    actions = (
        export_actions.export_csv,
        export_actions.export_csv_with_notes,
        export_actions.export_csv_with_channels,
        refresh_views.refresh_details,
    )
    list_filter = LIST_FILTERS
    list_filter_submit = True
    list_filter_sheet = True
    list_before_template = "admin/followers/follower/before_list.html"
    change_form_outer_before_template = "admin/followers/follower/before_form.html"
    list_display_links = None
    list_select_related = ("account",)
    ordering = ("-id",)
    paginator = CappedPaginator
    readonly_fields = (*KNOWN, "on_blacklist", "known_as_of")
    search_fields = ("openid", "unionid", "remark", "note")
    search_help_text = gettext_lazy("OpenID, UnionID, remark or internal note")
    show_facets = ShowFacets.NEVER
    show_full_result_count = False

    class Media:
        css = {"all": tuple(f"followers/{name}.css" for name in ASSETS)}
        js = tuple(f"followers/{name}.js" for name in ASSETS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Follower]:
        # Not by OwnObjectsAdmin: how the accounts are asked for depends on the filters.
        followers = PageAdmin.get_queryset(self, request)
        own = list(own_accounts(request.user))
        if len(own) > 1 and request.user.is_superuser:  # type: ignore[union-attr]
            # A condition that is true of every row leads the planner to a slower plan; for a single
            # account it leads to the indexes, all of which begin with the account.
            return followers
        return of_accounts(followers, own, tagged=query_of(request).scope.tagged)

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "preferences/", list_preferences.keep, "preferences"),
            admin_path(self, "<path:object_id>/edit/", change_views.change_one, "edit"),
            admin_path(self, "<path:object_id>/refresh/", refresh_views.refresh_one, "refresh"),
            *import_views.urls(self),
            *live_views.urls(self),
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
        return found if IS_POPUP_VAR in request.GET else found | change_views.bulk_actions(request)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Follower]
    ) -> HttpResponseBase | None:
        change_views.require_bulk_permission(request)
        return super().response_action(request, queryset)

    # --- the list -----------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Follower], search_term: str
    ) -> tuple[QuerySet[Follower], bool]:
        # FollowerChangeList does the search, because it reports problems.
        return queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if BUTTON in request.POST:
            request.POST = action_of_button(request.POST)  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        rights = Rights(request.user, chosen_account(request))
        may_export = rights["export_follower"]
        return {
            "title": _("Followers"),
            "segment_bar": segments.bar_context(request, query_of(request)),
            "rights": rights,
            "import_account": chosen_account(request),
            "channels_to_export": may_export and channels_to_export(request),
            "notes_to_export": may_export and notes_to_export(request),
            **bar_context(self, request),
        }

    # --- one follower -------------------------------------------------------------------------

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        # Before anybody asks for their names alone.
        accounts = {account.pk: account for account in load_accounts(request.user)}
        found = super().get_object(request, object_id, from_field)
        if found is None:
            return None
        if account := accounts.get(found.account_id):
            found.account = account
        return attach_related([found])[0]

    def get_fields(self, request: HttpRequest, obj: Follower | None = None) -> list[str]:
        """The fields that have a value and are not in the page's header."""
        known = [name for name, at in KNOWN.items() if getattr(obj, at, None) not in ("", None)]
        return ["account", *known, "on_blacklist", "known_as_of"]

    @display(description=gettext_lazy("followed at"))
    def followed(self, follower: Follower) -> str:
        return format_datetime(follower.subscribe_time)

    @display(description=gettext_lazy("source"))
    def source(self, follower: Follower) -> SafeString:
        return labels.text_with_detail(
            source_name(follower.subscribe_scene), follower.subscribe_scene
        )

    @display(description=gettext_lazy("channel"))
    def channel(self, follower: Any) -> SafeString:
        return labels.text_with_detail(follower.shown_channel.name, follower.shown_channel.group)

    @display(description=gettext_lazy("QR scene text"))
    def qr_scene_text(self, follower: Follower) -> SafeString:
        return labels.isolated_text(follower.qr_scene_str)

    @display(description=gettext_lazy("language"))
    def language_name(self, follower: Follower) -> SafeString:
        return labels.text_with_detail(profile_words.language(follower.language), follower.language)

    @display(description="UnionID")
    def unionid_code(self, follower: Follower) -> SafeString:
        return labels.id_code(follower.unionid)

    @display(description=gettext_lazy("remark"))
    def remark_text(self, follower: Follower) -> SafeString:
        return labels.isolated_text(follower.remark)

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
        changed = changes_for(follower)
        context |= {
            **change_views.change_form_context(request, follower),
            "title": _("Follower"),
            "follower": follower,
            "name": printable_text(follower.remark) or follower.openid,
            "state": cells.status_cell(follower),
            "tags": labels.tag_labels(follower.shown_tags),
            "earlier_profile": profile_words.earlier_profile(follower.legacy),
            "rights": Rights(request.user, follower.account),
            "timeline": timeline(follower, changed),
            "under_way": change_views.active_changes(changed),
            **change_views.note_context(request, follower),
            "copy": cells.copy_button(follower.openid),
            "siblings": [
                {"follower": other, "state": cells.status_cell(other)}
                for other in same_follower_elsewhere(follower, request.user)
            ],
        }
        return super().render_change_form(request, context, *args, **kwargs)
