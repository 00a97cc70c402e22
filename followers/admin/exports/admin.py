"""The log of exports, read-only."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from followers.accounts.access import accounts_of, has_perm
from followers.formats import format_datetime
from followers.models import ExportLog
from followers.segments.choices import ALL
from followers.segments.filter import SEGMENT, STATUS, TAG
from followers.segments.query import FollowerQuery
from followers.segments.words import logged_in_words

from ..changes.words import OUTCOMES
from ..shared.disclosure import NEEDS_VIEW
from ..shared.labels import label
from ..shared.model_admin import PageAdmin, RecordAdmin
from ..shared.safe_changelist import SafeChangeList

# No download takes longer than this.
MAX_AGE = timedelta(days=1)


class ExportChangeList(SafeChangeList):
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = attach_descriptions(request, self.result_list)


@admin.register(ExportLog)
class ExportLogAdmin(RecordAdmin):
    """Users see their own exports and those of their accounts."""

    changelist_class = ExportChangeList

    list_display = ("when", "exported_by", "account_name", "what", "row_count", "state")
    list_display_links = None
    list_select_related = ("requested_by", "account")
    list_per_page = 50
    sortable_by = ()
    # Not the stored filter: it contains search texts.
    fields = readonly_fields = list_display
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExportLog]:
        logs = PageAdmin.get_queryset(self, request)
        if request.user.is_superuser:
            return logs
        return logs.filter(Q(requested_by=request.user) | Q(account__in=accounts_of(request.user)))

    def account_of(self, obj: Any) -> None:
        """None: users still see their own exports of accounts that they have left."""

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Exports")}

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        found = super().get_object(request, object_id, from_field)
        return attach_descriptions(request, [found])[0] if found else None

    @display(description=gettext_lazy("exported"))
    def when(self, log: ExportLog) -> str:
        return format_datetime(log.created_at)

    @display(description=gettext_lazy("exported by"))
    def exported_by(self, log: ExportLog) -> str:
        name = str(log.requested_by or log.requested_by_name)
        return name or _("Command line or deleted user")

    @display(description=gettext_lazy("account"))
    def account_name(self, log: ExportLog) -> str:
        return log.account.name if log.account else _("All accounts")

    @display(description=gettext_lazy("filter"))
    def what(self, log: Any) -> SafeString:
        return format_html_join("", '<div class="wx-line">{}</div>', ((x,) for x in log.words))

    @display(description=gettext_lazy("rows"))
    def row_count(self, log: ExportLog) -> str:
        return "–" if log.rows is None else f"{log.rows:,}"

    @display(description=gettext_lazy("status"))
    def state(self, log: ExportLog) -> SafeString:
        if log.complete:
            return label(_("Complete"), "success")
        if log.rows is None:
            return _unfinished(log)
        return format_html(
            '{}<span class="wx-sub">{}</span>',
            label(_("Incomplete"), "danger"),
            _("The download was broken off."),
        )


def _unfinished(log: ExportLog) -> SafeString:
    """In progress, or interrupted by the end of its process, which leaves no record."""
    if timedelta() <= timezone.now() - log.created_at < MAX_AGE:
        return label(_("Under way"), "info")
    return format_html(
        '{}<span class="wx-sub">{}</span>',
        label(_("Not finished"), "neutral"),
        _("The export never reported its end."),
    )


def attach_descriptions(request: HttpRequest, logs: Iterable[Any]) -> list[Any]:
    """Set `words` on each log: its filter, which may contain remarks, openids and tag names."""
    rows, shown = list(logs), has_perm(request.user, "view_follower")
    for log in rows:
        log.words = describe_export(log) if shown else [NEEDS_VIEW]
    return rows


def describe_export(log: ExportLog) -> list[str]:
    """The exported selection, one line a condition, in the active language."""
    if number := log.filters.get("edit"):
        outcome = log.filters.get("list", "")
        facts = {"number": number, "list": str(OUTCOMES.get(outcome, outcome))}
        return [_("Change #%(number)s: %(list)s") % facts]
    selected = log.filters.get("selected")
    # Tags may have been deleted.
    segments = log.filters.get("segments", {})
    names: dict[str, dict[str, str]] = {TAG: log.filters.get("tags", {})}
    names[SEGMENT] = {key: it["name"] for key, it in segments.items()}
    # Without a status, an entry of earlier versions meant everybody.
    params = {STATUS: [ALL]} | log.filters.get("params", {})
    # The account has a column of its own.
    lines = FollowerQuery(params, {}, names).words()
    text = _("Segment “%(name)s” at that time: %(filters)s")
    for it in segments.values():
        words = " · ".join(logged_in_words(it))
        lines.append(text % {"name": it["name"], "filters": words})
    if log.filters.get("ids"):
        lines.append(_("The pasted ids, found and not found"))
    if selected is not None:
        lines.insert(0, _("%(count)s ticked followers") % {"count": selected})
    return lines
