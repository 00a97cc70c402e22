"""Runs in words and colours, for lists, cards and pages."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from followers.models import Run, SyncRun
from followers.runs.messages import describe
from followers.wechat.errcodes import WRONG_CREDENTIALS

from ..shared.formats import format_duration, format_number, natural_datetime
from ..shared.urls import progress_url, run_url

Status = SyncRun.Status
# Updated by wxadmin.js, also for screen readers.
PROGRESS_BAR = mark_safe('<div class="wx-bar" data-progress="bar"><div></div></div>')
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
    """The status as a coloured label. (The theme's label uses capitals.)"""
    return format_html(
        '<span class="wx-label wx-{}" data-progress="status">{}</span>',
        colour(run),
        run.get_status_display(),
    )


def needs_credentials(run: SyncRun) -> bool:
    """Whether a failed run needs other credentials rather than another sync."""
    failed = run.status == Status.FAILED
    return failed and (run.error_code in WRONG_CREDENTIALS or not run.account.app_secret)


def duration(run: Run) -> str:
    """How long a finished run took, without its time in the queue; '' before its end."""
    if run.started_at is None or run.finished_at is None:
        return ""
    return format_duration(run.finished_at - run.started_at)


def started_by(run: SyncRun) -> str:
    """Who asked for it, or that its schedule did; "" for a command."""
    if run.due_at is not None:
        return _("Schedule")
    return run.requester


def is_first(run: SyncRun) -> bool:
    """Whether a run belongs to the account's first complete list: its followers are not new."""
    baseline = run.account.baseline_at
    return baseline is None or run.created_at <= baseline


def result_line(run: SyncRun) -> str:
    """What a run changed, as one line: 300 new, 1,000 unfollowed.

    Only a finished run can say that nothing changed; "" if no list was read.
    """
    parts = [
        text % {"number": format_number(count)}
        for count, text in (
            (run.added, _("%(number)s first followers") if is_first(run) else _("%(number)s new")),
            (run.resubscribed, _("%(number)s followed again")),
            (run.unsubscribed, _("%(number)s unfollowed")),
        )
        if count
    ]
    if run.status != Status.SUCCEEDED and run.fetched:
        read = {
            "done": format_number(run.fetched),
            "total": format_number(max(run.total, run.fetched)),
        }
        parts.append(_("%(done)s of %(total)s read") % read)
    nothing = _("no changes in the list") if run.fetched or run.total else ""
    return _(", ").join(parts) or nothing


def count_tiles(run: SyncRun) -> list[dict[str, Any]]:
    """Tiles of the run's counts: key in the progress JSON, label, number."""
    return [
        {"name": name, "label": label, "value": format_number(getattr(run, name))}
        for name, label in (
            ("fetched", _("Read from WeChat")),
            ("added", _("First followers") if is_first(run) else _("New")),
            ("resubscribed", _("Followed again")),
            ("unsubscribed", _("Unfollows")),
            ("unchanged", _("Unchanged")),
        )
    ]


def live_status(run: Run) -> SafeString:
    """The status label, with a live progress bar while the run is active."""
    label = status_label(run)
    if not run.is_active:
        return label
    return format_html(
        '<div class="wx-live" data-progress-url="{}">{}{}<span class="wx-sub" '
        'data-progress="summary"></span></div>',
        progress_url(run),
        label,
        PROGRESS_BAR,
    )


def card(run: Run) -> dict[str, Any]:
    """Context of admin/shared/bar.html for a run of any kind."""
    return {
        "run": run,
        "label": status_label(run),
        "url": run_url(run),
        "active": run.is_active,
        "progress_url": progress_url(run),
    }


def outcome_line(run: SyncRun) -> str:
    """The result of a run, or why it stopped; '' while it runs normally."""
    ended = run.status in (Status.SUCCEEDED, Status.CANCELLED)
    return (result_line(run) if ended else "") or describe(run).meaning


def summary_line(run: SyncRun) -> str:
    """Time and outcome."""
    when = natural_datetime(run.finished_at or run.created_at)
    return " · ".join(part for part in (when, outcome_line(run)) if part)


def sync_card(run: SyncRun) -> dict[str, Any]:
    """A sync for cards and tables, with its time and outcome in words."""
    words = {"line": summary_line(run), "what": outcome_line(run), "advice": describe(run).advice}
    return {**card(run), **words}
