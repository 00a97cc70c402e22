"""Segments: the list with sizes, and a page for each."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from followers.accounts.access import Rights, own_accounts, visible_segments
from followers.formats import format_datetime
from followers.models import Segment
from followers.segments.filter import ACCOUNT
from followers.segments.texts import printable_text
from followers.segments.words import attach_words

from ..followers.paginator import capped_text
from ..shared.chosen_account import OwnAccountFilter, chosen_account
from ..shared.endpoints import admin_path
from ..shared.labels import label
from ..shared.model_admin import RecordAdmin
from ..shared.safe_changelist import SafeChangeList
from ..shared.segments import segment_page_url, segment_url, shelf_of
from . import change_views, growth, kept_lists, paste_view, sizes
from .page import page_context


class SegmentChangeList(SafeChangeList):
    result_list: Sequence[Segment]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = attach_words(list(self.result_list), shelf_of(request))


@admin.register(Segment)
class SegmentAdmin(RecordAdmin):
    """Segments are saved from the follower list; what is done to them has its own addresses."""

    rights_elsewhere = ("add", "change", "delete")
    changelist_class = SegmentChangeList
    list_before_template = "admin/followers/segment/before_list.html"
    change_form_outer_before_template = "admin/followers/segment/before_form.html"
    list_display_links = None
    list_select_related = ("account", "owner")
    list_per_page = 50
    sortable_by = ("lead",)
    ordering = ("name", "pk")
    search_fields = ("name",)
    show_full_result_count = False
    fields = readonly_fields = ("owner_name", "created", "changed")

    class Media:
        css = {"all": ("followers/followers.css",)}
        js = ("followers/segments.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        return visible_segments(request.user)

    def get_urls(self) -> list[URLPattern]:
        one = "<path:object_id>"
        return [
            admin_path(self, "save/", change_views.save, "save"),
            admin_path(self, "paste/", paste_view.paste, "paste"),
            admin_path(self, f"{one}/size/", sizes.size_view, "size"),
            admin_path(self, f"{one}/ids/", kept_lists.ids_view, "ids"),
            admin_path(self, f"{one}/growth/", growth.growth_view, "growth"),
            admin_path(self, f"{one}/growth/<slug:key>.csv", growth.figures_view, "figures"),
            admin_path(self, f"{one}/conditions/", change_views.conditions, "conditions"),
            admin_path(self, f"{one}/rename/", change_views.rename, "rename"),
            admin_path(self, f"{one}/share/", change_views.share, "share"),
            admin_path(self, f"{one}/duplicate/", change_views.duplicate, "duplicate"),
            admin_path(self, f"{one}/remove/", change_views.remove, "remove"),
            *super().get_urls(),
        ]

    # --- the list -----------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[str]:
        several = len(own_accounts(request.user)) > 1 and chosen_account(request) is None
        return ["lead", *["account_name"] * several, "size", "last_look", "owned_by", "opened"]

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        wanted = len(own_accounts(request.user)) > 1 or ACCOUNT in request.GET
        return (OwnAccountFilter,) if wanted else ()

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        rights = Rights(request.user, chosen_account(request))
        return {
            "title": _("Segments"),
            "chosen_account": chosen_account(request),
            "rights": rights,
        }

    @display(description=gettext_lazy("segment"), ordering="name")
    def lead(self, segment: Any) -> SafeString:
        problem = format_html('<span class="wx-over">{}</span>', segment.problem)
        words = format_html_join(" · ", "<bdi>{}</bdi>", ((it,) for it in segment.words))
        return format_html(
            '<div class="wx-who"><a class="wx-name" href="{}"><bdi>{}</bdi></a>'
            '<span class="wx-sub wx-line">{}</span></div>',
            segment_page_url(segment),
            printable_text(segment.name),
            problem if segment.problem else words or _("All who follow"),
        )

    @display(description=gettext_lazy("account"))
    def account_name(self, segment: Segment) -> str:
        return segment.account.name

    @display(description=gettext_lazy("size now"))
    def size(self, segment: Any) -> SafeString:
        if segment.problem:
            return format_html("{}", "–")
        return format_html(
            '<a class="wx-figure" href="{}" data-size="{}" data-failed="{}">{}</a>',
            segment_page_url(segment),
            reverse("admin:followers_segment_size", args=[segment.pk]),
            _("not counted"),
            _("Count"),
        )

    @display(description=gettext_lazy("when last looked at"), empty_value="–")
    def last_look(self, segment: Segment) -> SafeString | None:
        if segment.looked_at is None or segment.size_at_last_look is None:
            return None
        return format_html(
            '{}<span class="wx-sub wx-nowrap">{}</span>',
            capped_text(segment.size_at_last_look),
            format_datetime(segment.looked_at),
        )

    @display(description=gettext_lazy("owner"))
    def owned_by(self, segment: Segment) -> SafeString:
        shared = label(_("Shared"), "info") if segment.shared else label(_("Private"), "neutral")
        return format_html("<bdi>{}</bdi> {}", segment.owner or "", shared)

    @display(description="")
    def opened(self, segment: Segment) -> SafeString:
        return format_html(
            '<a class="wx-link wx-nowrap" href="{}">{}</a>',
            segment_url(segment),
            _("Open as a list"),
        )

    @display(description=gettext_lazy("owner"), empty_value="–")
    def owner_name(self, segment: Segment) -> str | None:
        return str(segment.owner) if segment.owner else None

    @display(description=gettext_lazy("created"))
    def created(self, segment: Segment) -> str:
        return format_datetime(segment.created_at)

    @display(description=gettext_lazy("changed at"))
    def changed(self, segment: Segment) -> str:
        return format_datetime(segment.updated_at)

    # --- one segment --------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= page_context(request, context["original"])
        return super().render_change_form(request, context, *args, **kwargs)
