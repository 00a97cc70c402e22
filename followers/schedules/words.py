"""Schedules in words, for pages and commands."""

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..formats import format_datetime
from ..models import SyncSchedule
from .starting import NO_SECRET, NO_STAGE, NOT_ALLOWED

Every = SyncSchedule.Every

SKIPPED: dict[str, tuple[Promise, Promise]] = {
    NO_SECRET: (
        gettext_lazy("it has no AppSecret that can be read."),
        gettext_lazy("Enter the AppSecret; the schedule then goes on by itself."),
    ),
    NOT_ALLOWED: (
        gettext_lazy("WeChat does not let this account call the API, as the last sync showed."),
        gettext_lazy(
            "Once the account has the permission (a certified account has it), sync it by hand: "
            "when that succeeds, the schedule goes on."
        ),
    ),
    NO_STAGE: (
        gettext_lazy("only details were to be read, and their hours were not now."),
        gettext_lazy("Choose hours for the details that fit the schedule's time."),
    ),
}


def rhythm(schedule: SyncSchedule) -> str:
    """Every day at 03:00."""
    if schedule.every == Every.HOURS:
        hours = schedule.hours or 0
        return ngettext("Every hour", "Every %(hours)s hours", hours) % {"hours": hours}
    time = time_format(schedule.time, "H:i") if schedule.time else "–"
    if schedule.every == Every.DAY:
        return _("Every day at %(time)s") % {"time": time}
    day = WEEKDAYS[schedule.weekday or 0]
    return _("Every %(day)s at %(time)s") % {"day": day, "time": time}


def next_due(schedule: SyncSchedule | None) -> str:
    """When it is due next: 2026-11-28 03:00, or why it never is; "" without a schedule."""
    if schedule is None:
        return ""
    if schedule.paused:
        return _("paused")
    return format_datetime(schedule.next_at)


def skipped(schedule: SyncSchedule) -> tuple[str, str]:
    """Why the last due time started nothing, and what to do; ("", "") if it did."""
    if schedule.skipped_at is None or schedule.skipped_reason not in SKIPPED:
        return "", ""
    why, advice = SKIPPED[schedule.skipped_reason]
    text = _("No sync was started at %(time)s: %(why)s")
    at = format_datetime(schedule.skipped_at)
    return text % {"time": at, "why": why}, str(advice)
