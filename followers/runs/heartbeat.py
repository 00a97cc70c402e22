"""Which background workers are alive: each supervisor says so every ten seconds.

All times are the database's. A worker that was seen in the future said so by a wrong clock,
and does not count until it says so again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from ..formats import format_datetime
from ..models import EPOCH, Run, Worker
from ..rows.clock import db_now, from_now
from ..wechat.errors import Explanation
from .messages import describe

# A supervisor beats every ten seconds; a slow database may keep it longer.
# One that is stopped counts for so long, too: a restart is no alarm.
ALIVE_SECONDS = 120
# How far a host's transaction may begin before another's.
SLACK_SECONDS = 10
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True)
class LiveWorker:
    """A worker that is alive, and the runs that its processes hold now."""

    worker: Worker
    runs: tuple[Run, ...]


def beat(name: str, version: str, lived: timedelta) -> None:
    """Say that the supervisor `name` is alive. lived: how long, by a clock that nobody sets."""
    now = db_now()
    said = {"version": version, "started_at": now - lived, "seen_at": now}
    Worker.objects.update_or_create(name=name, defaults=said)
    _forget_others()


def _forget_others() -> None:
    """Those not seen for a week, but the last, and those that a wrong clock has seen."""
    now = db_now()
    future = Q(seen_at__gt=now + timedelta(seconds=SLACK_SECONDS))
    past = Worker.objects.exclude(future).order_by("-seen_at").values_list("pk", "seen_at")
    old = [pk for pk, seen_at in past[1:100] if seen_at < now - REMEMBERED]
    Worker.objects.filter(future | Q(pk__in=old)).delete()


def _alive() -> Q:
    return Q(seen_at__gt=from_now(-ALIVE_SECONDS), seen_at__lte=from_now(SLACK_SECONDS))


def is_any_alive() -> bool:
    return Worker.objects.filter(_alive()).exists()


def last_seen() -> datetime | None:
    """When any worker was alive for the last time; None if none ever was."""
    seen = Worker.objects.filter(seen_at__lte=Now(), seen_at__gt=EPOCH).order_by("-seen_at")
    return seen.values_list("seen_at", flat=True).first()


def workers_alive() -> list[Worker]:
    """By name."""
    return list(Worker.objects.filter(_alive()).order_by("name"))


def live_workers(workers: Iterable[Worker], runs: Iterable[Run], now: datetime) -> list[LiveWorker]:
    """What those that are alive do, of these runs."""
    held = [it for it in runs if it.status == Run.Status.RUNNING and it.lease_until > now]
    return [
        LiveWorker(row, tuple(run for run in held if run.lease_owner.startswith(f"{row.name}/")))
        for row in workers
    ]


def explain_absence(since: datetime) -> Explanation:
    """That no worker runs, and what to do, in the active language."""
    return Explanation(
        _("No worker has been running since %(since)s: syncs and changes wait until one does.")
        % {"since": format_datetime(since)},
        _("Whoever runs this system has to start it: manage.py worker, or its service."),
        "",
    )


def explain_waiting(run: Run) -> Explanation:
    """Like `messages.describe`, also for a run that waits because no worker is alive."""
    if run.status == Run.Status.QUEUED and not run.reason and not is_any_alive():
        return explain_absence(last_seen() or run.created_at)
    return describe(run)
