"""Tags: the list with counts, and a page for each with its newest followers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from followers.accounts.access import has_perm, own_accounts
from followers.models import Follower, Tag
from followers.segments.filter import ACCOUNT, TAG
from followers.wechat.limits import is_system_tag

from ..followers import cells as follower_cells
from ..shared import labels
from ..shared.chosen_account import OwnAccountFilter
from ..shared.model_admin import RecordAdmin
from ..shared.urls import follower_list_url
from . import change_views

NEWEST = 20


def followers_url(tag: Tag) -> str:
    """The address of the follower list filtered by this tag."""
    return f"{follower_list_url(tag.account)}&{urlencode({TAG: tag.pk})}"


@admin.register(Tag)
class TagAdmin(RecordAdmin):
    """Tags are read from WeChat."""

    list_before_template = "admin/followers/tag/before_list.html"
    change_form_outer_before_template = "admin/followers/tag/before_form.html"
    list_select_related = ("account",)
    list_per_page = 100
    list_display_links = None
    sortable_by = ("follower_total", "wechat_id")
    ordering = ("account__name", "-follower_count", "wechat_id")
    search_fields = ("name",)
    show_full_result_count = False
    fields = ("account_name", "wechat_id", "kind")
    readonly_fields = ("account_name", "kind")

    class Media:
        css = {"all": ("followers/followers.css",)}

    def get_urls(self) -> list[URLPattern]:
        return [*change_views.urls(self), *super().get_urls()]

    # --- the list -----------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[str]:
        several = len(own_accounts(request.user)) > 1
        first = ["label", "account_name"] if several else ["label"]
        return [*first, "follower_total", "kind", "wechat_id", "to_followers"]

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        # A link to one account may be older than the removal of the others.
        wanted = len(own_accounts(request.user)) > 1 or ACCOUNT in request.GET
        return (OwnAccountFilter,) if wanted else ()

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Tags"), **change_views.list_context(request)}

    @display(description=gettext_lazy("tag"), ordering="name")
    def label(self, tag: Tag) -> SafeString:
        return format_html('<a href="{}/change/">{}</a>', tag.pk, labels.tag_label(tag))

    @display(description=gettext_lazy("account"))
    def account_name(self, tag: Tag) -> str:
        return tag.account.name

    @display(description=gettext_lazy("followers"), ordering="follower_count")
    def follower_total(self, tag: Tag) -> SafeString:
        url, count = followers_url(tag), f"{tag.follower_count:,}"
        return format_html('<a class="wx-figure" href="{}">{}</a>', url, count)

    @display(description=gettext_lazy("kind"))
    def kind(self, tag: Tag) -> str:
        return _("Built into WeChat") if is_system_tag(tag.wechat_id) else _("Own tag")

    @display(description="")
    def to_followers(self, tag: Tag) -> SafeString:
        return format_html(
            '<a class="wx-link" href="{}">{}</a>', followers_url(tag), _("Followers")
        )

    # --- one tag ------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        tag = context["original"]
        context |= {
            **change_views.tag_context(request, tag),
            "title": _("Tag"),
            "tag": tag,
            "label": labels.tag_label(tag),
            "count": f"{tag.follower_count:,}",
            "followers_url": followers_url(tag),
            "newest": self._newest(request, tag),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _newest(self, request: HttpRequest, tag: Tag) -> list[dict[str, Any]]:
        """The followers first seen last; empty if the user may not view followers."""
        if not has_perm(request.user, "view_follower", tag.account_id):
            return []
        links = tag.followertag_set.order_by("-follower_id").values_list("follower_id", flat=True)
        keys = list(links[:NEWEST])
        found = Follower.objects.select_related("account").in_bulk(keys)
        newest = [found[key] for key in keys if key in found]
        return [
            {"who": follower_cells.identity_cell(it), "state": follower_cells.status_cell(it)}
            for it in newest
        ]
