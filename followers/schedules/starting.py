"""Starts the syncs that are due: every due time starts exactly one run, missed ones together one.

The database's clock decides, so that hosts may disagree. A due time is claimed by a conditional
update of `next_at`, in one transaction with the run that it starts, which carries it (`due_at`).
"""

import logging
from datetime import datetime, time, tzinfo
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from .. import audit
from ..models import Run, SyncRun, SyncSchedule, SyncStage
from ..rows.clock import db_now
from ..sync import syncs
from ..wechat.errcodes import NOT_PERMITTED
from .times import Daily, Hourly, Timing, Weekly, end_of_window, is_next, is_within, next_after

logger = logging.getLogger(__name__)

Every = SyncSchedule.Every


class _AccountIsBusyError(Exception):
    """A run of the account has become active; the due time waits for its end."""


def timing_of(schedule: SyncSchedule) -> Timing | None:
    """None for a row that was not filled in, which is never due."""
    if schedule.every == Every.HOURS:
        return Hourly(schedule.hours) if schedule.hours else None
    if schedule.time is None:
        return None
    if schedule.every == Every.DAY:
        return Daily(schedule.time)
    return None if schedule.weekday is None else Weekly(schedule.weekday, schedule.time)


def zone() -> tzinfo:
    """That of TIME_ZONE: schedules belong to the installation, not to who looks at them."""
    return timezone.get_default_timezone()


@transaction.atomic
def plan(schedule: SyncSchedule) -> None:
    """Set when a new or changed schedule is due for the first time, and save it."""
    before = SyncSchedule.objects.filter(account=schedule.account).first()
    timing = None if schedule.paused else timing_of(schedule)
    schedule.next_at = next_after(timing, db_now(), zone()) if timing else None
    schedule.skipped_at, schedule.skipped_reason = None, ""
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError:
        # Somebody else has given the account its first schedule just now; this one is later.
        schedule.pk = SyncSchedule.objects.get(account=schedule.account).pk
        schedule.save(force_update=True)
    _record(schedule, before)


def _record(schedule: SyncSchedule, before: SyncSchedule | None) -> None:
    facts = _facts(schedule)
    if before is None or _facts(before) != facts:
        account = schedule.account
        audit.record(
            audit.Action.ACCOUNT_CHANGED,
            subject=account.name,
            accounts=[account],
            details={"schedule": facts},
        )


def _facts(schedule: SyncSchedule) -> dict[str, Any]:
    hours = schedule.details_from, schedule.details_until
    return {
        "every": schedule.every,
        "time": _clock(schedule.time),
        "weekday": schedule.weekday,
        "hours": schedule.hours,
        "paused": schedule.paused,
        "stages": [*schedule.stages],
        "details_between": [_clock(it) for it in hours] if all(hours) else [],
    }


def _clock(at: time | None) -> str | None:
    return at.isoformat("minutes") if at else None


def start_due() -> int:
    """Start what is due; the number of runs."""
    now = db_now()
    plan_anew_what_is_wrong(now)
    active = SyncRun.objects.filter(account=OuterRef("account"), status__in=Run.ACTIVE)
    due = SyncSchedule.objects.filter(~Exists(active), paused=False, next_at__lte=now)
    return sum(_take(schedule, now) for schedule in due.select_related("account"))


def plan_anew_what_is_wrong(now: datetime) -> None:
    """What a wrong clock has set, or another TIME_ZONE."""
    for schedule in SyncSchedule.objects.filter(paused=False, next_at__gt=now):
        timing, next_at = timing_of(schedule), schedule.next_at
        if timing is None or next_at is None or is_next(timing, next_at, now, zone()):
            continue
        logger.warning("The next sync of account %s is planned anew.", schedule.account_id)
        same = SyncSchedule.objects.filter(pk=schedule.pk, next_at=next_at)
        same.update(next_at=next_after(timing, now, zone()))


def _take(schedule: SyncSchedule, now: datetime) -> bool:
    """Claim a due time and start its run, or say why not; whether this process started one."""
    try:
        with transaction.atomic():
            if not _claim(schedule, now):
                return False
            return _start(schedule, now)
    except _AccountIsBusyError:
        return False


def _claim(schedule: SyncSchedule, now: datetime) -> bool:
    """False if another supervisor was first, or somebody has changed the schedule."""
    timing, due_at = timing_of(schedule), schedule.next_at
    next_at = next_after(timing, now, zone(), due_at) if timing else None
    same = SyncSchedule.objects.filter(pk=schedule.pk, next_at=due_at, paused=False)
    return bool(same.update(next_at=next_at, skipped_at=None, skipped_reason=""))


def _start(schedule: SyncSchedule, now: datetime) -> bool:
    """False if the due time was run already, or if it is skipped."""
    due_at = schedule.next_at
    if SyncRun.objects.filter(account=schedule.account, due_at=due_at).exists():
        # By a clock that was ahead.
        return False
    until = end_of_window(schedule.details_from, schedule.details_until, now, zone())
    stages = _stages_now(schedule, until)
    if reason := _why_not(schedule, stages):
        skipped = SyncSchedule.objects.filter(pk=schedule.pk)
        skipped.update(skipped_at=now, skipped_reason=reason)
        return False
    _run, created = syncs.start(schedule.account, stages=stages, due_at=due_at, details_until=until)
    if not created:
        raise _AccountIsBusyError
    return True


def _stages_now(schedule: SyncSchedule, until: datetime | None) -> list[str]:
    """Outside of their hours, details are left out."""
    chosen = schedule.stages or list(syncs.STAGES)
    if schedule.details_from is None or until is not None:
        return chosen
    return [name for name in chosen if name != SyncStage.Name.DETAILS]


def never_reads_details(schedule: SyncSchedule) -> bool:
    """Whether details are wanted, and no due time lies in their hours."""
    begins, ends, at = schedule.details_from, schedule.details_until, schedule.time
    wanted = not schedule.stages or SyncStage.Name.DETAILS in schedule.stages
    if begins is None or ends is None or at is None or schedule.every == Every.HOURS:
        return False
    return wanted and not is_within(begins, ends, at)


# Why a due time started nothing; followers.schedules.words has the sentences.
NO_SECRET, NOT_ALLOWED, NO_STAGE = "secret", "permission", "window"


def _why_not(schedule: SyncSchedule, stages: list[str]) -> str:
    """An account that may not call the API is not synced each night only to fail."""
    if not stages:
        return NO_STAGE
    if not schedule.account.app_secret:
        return NO_SECRET
    ended = (Run.Status.SUCCEEDED, Run.Status.FAILED)
    last = SyncRun.objects.filter(account=schedule.account, status__in=ended).first()
    if last and last.status == Run.Status.FAILED and last.error_code in NOT_PERMITTED:
        return NOT_ALLOWED
    return ""
