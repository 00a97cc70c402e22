"""Runs in words and colours, for lists, cards and the run's own page."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.models import Run, SyncRun
from followers.runs.messages import describe
from followers.wechat.errcodes import WRONG_CREDENTIALS

Status = SyncRun.Status

# wxadmin.js moves it and tells screen readers its value.
BAR = mark_safe('<div class="wx-bar" data-progress="bar"><div></div></div>')

COLOURS = {
    Status.QUEUED: "info",
    Status.RUNNING: "info",
    Status.WAITING: "warning",
    Status.REVIEW: "warning",
    Status.SUCCEEDED: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "neutral",
}


def colour(run: Run) -> str:
    return "warning" if run.is_partial else COLOURS[Status(run.status)]


def status_label(run: Run) -> SafeString:
    """The status as a coloured label. The theme's own label writes everything in capitals."""
    return format_html(
        '<span class="wx-label wx-{}" data-progress="status">{}</span>',
        colour(run),
        run.get_status_display(),
    )


def figure(value: int) -> str:
    """A count as both languages write it: 23,000. Django's Chinese formats separate nothing."""
    return f"{value:,}"


def people(count: int) -> str:
    """What stands below a follower count."""
    return ngettext("person follows this account", "people follow this account", count)


def needs_keys(run: SyncRun) -> bool:
    """Whether the way out of a failure is the account's form, not another sync."""
    failed = run.status == Status.FAILED
    return failed and (run.error_code in WRONG_CREDENTIALS or not run.account.app_secret)


def moment(value: datetime | None) -> str:
    """A time of day for today, with the date before that; '' for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if local.date() == timezone.localdate():
        return _("today %(time)s") % {"time": date_format(local, "H:i")}
    return date_format(local, "Y-m-d H:i")


def until(value: datetime | None) -> str:
    """When something goes on: the next midnight is tonight's, not a minute of another date."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    tomorrow = timezone.localdate() + timedelta(days=1)
    if local.date() == tomorrow and (local.hour, local.minute) == (0, 0):
        return _("midnight tonight")
    return moment(value)


def duration(run: Run) -> str:
    """How long a finished run took, without what it waited in the queue; '' before its end."""
    if run.started_at is None or run.finished_at is None:
        return ""
    return span(run.finished_at - run.started_at)


def span(length: timedelta) -> str:
    """A length of time in its two largest units: 3 min 20 s."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 3600:
        return _unit(_("%(number)d min"), seconds // 60, _("%(number)d s"), seconds % 60)
    return _unit(_("%(number)d h"), seconds // 3600, _("%(number)d min"), seconds % 3600 // 60)


def _unit(large: str, whole: int, small: str, rest: int) -> str:
    """Both units, or the large one alone where nothing is left over."""
    parts = [large % {"number": whole}] + [small % {"number": rest}] * bool(rest)
    return " ".join(parts)


def is_first(run: SyncRun) -> bool:
    """Whether a run belongs to the account's first list: whom it finds was there before."""
    baseline = run.account.baseline_at
    return baseline is None or run.created_at <= baseline


def result(run: SyncRun) -> str:
    """What a run changed, as one line: 300 new, 1,000 unfollowed.

    Only a run that came to its end can say that nothing changed; "" where no list was read.
    """
    parts = [
        text % {"number": figure(count)}
        for count, text in (
            (run.added, _("%(number)s first followers") if is_first(run) else _("%(number)s new")),
            (run.resubscribed, _("%(number)s followed again")),
            (run.unsubscribed, _("%(number)s unfollowed")),
        )
        if count
    ]
    if run.status != Status.SUCCEEDED and run.fetched:
        read = {"done": figure(run.fetched), "total": figure(max(run.total, run.fetched))}
        parts.append(_("%(done)s of %(total)s read") % read)
    nothing = _("no changes in the list") if run.fetched or run.total else ""
    return _(", ").join(parts) or nothing


def figures(run: SyncRun) -> list[dict[str, Any]]:
    """The run's counts as tiles: field of the progress JSON, label, number."""
    return [
        {"name": name, "label": label, "value": figure(getattr(run, name))}
        for name, label in (
            ("fetched", _("Read from WeChat")),
            ("added", _("First followers") if is_first(run) else _("New")),
            ("resubscribed", _("Followed again")),
            ("unsubscribed", _("Unfollows")),
            ("unchanged", _("Unchanged")),
        )
    ]


def live_state(run: SyncRun) -> SafeString:
    """The label, with a bar that moves by itself while the run is active."""
    label = status_label(run)
    if not run.is_active:
        return label
    return format_html(
        '<div class="wx-live" data-progress-url="{}">{}{}<span class="wx-sub" '
        'data-progress="summary"></span></div>',
        progress_url(run),
        label,
        BAR,
    )


def progress_url(run: SyncRun) -> str:
    return reverse("admin:followers_syncrun_progress", args=[run.pk])


def outcome(run: SyncRun) -> str:
    """What a run came to, or why it does not go on; '' while all is well."""
    ended = run.status in (Status.SUCCEEDED, Status.CANCELLED)
    return (result(run) if ended else "") or describe(run).meaning


def line(run: SyncRun) -> str:
    """When, and what it came to."""
    when = moment(run.finished_at or run.created_at)
    return " · ".join(part for part in (when, outcome(run)) if part)


def card(run: SyncRun) -> dict[str, Any]:
    """A run as cards and tables show it: label, address, one line, and where its progress is."""
    return {
        "run": run,
        "label": status_label(run),
        "url": reverse("admin:followers_syncrun_change", args=[run.pk]),
        "active": run.is_active,
        "progress_url": progress_url(run),
        "line": line(run),
        "what": outcome(run),
        "advice": describe(run).advice,
    }
