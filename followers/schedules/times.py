"""When a schedule is due. Pure: no tables, no clock.

Times of day are local ones of `zone`. One that daylight saving leaves out is taken later by what it
leaves out, of one that comes twice the first: every day has exactly one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Daily:
    time: time


@dataclass(frozen=True)
class Weekly:
    """weekday: 0 is Monday."""

    weekday: int
    time: time


@dataclass(frozen=True)
class Hourly:
    """hours: elapsed ones between two due times, whatever the local clock shows."""

    hours: int


Timing = Daily | Weekly | Hourly


def period_of(timing: Timing) -> timedelta:
    match timing:
        case Daily():
            return DAY
        case Weekly():
            return 7 * DAY
        case Hourly():
            return timedelta(hours=timing.hours)


def next_after(
    timing: Timing, moment: datetime, zone: tzinfo, previous: datetime | None = None
) -> datetime:
    """The first due time later than `moment`, in UTC. previous: a due time before it, if any."""
    # Python compares and subtracts two local times of one zone without regard to its offset.
    moment = moment.astimezone(UTC)
    if isinstance(timing, Hourly):
        return _next_of_hours(period_of(timing), moment, previous)
    day = moment.astimezone(zone).date()
    while True:
        at = datetime.combine(day, timing.time, zone).astimezone(UTC)
        if at > moment and (isinstance(timing, Daily) or day.weekday() == timing.weekday):
            return at
        day += DAY


def _next_of_hours(period: timedelta, moment: datetime, previous: datetime | None) -> datetime:
    if previous is None or previous > moment:
        return moment + period
    previous = previous.astimezone(UTC)
    return previous + ((moment - previous) // period + 1) * period


def is_next(timing: Timing, next_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether `next_at`, later than now, is a time that the schedule has now.

    Otherwise a clock that was ahead has set it, or it is of another time zone. Hours may have begun
    at any time.
    """
    if isinstance(timing, Hourly):
        return next_at - now <= period_of(timing)
    return next_at == next_after(timing, now, zone)


def is_within(begins: time, ends: time, at: time) -> bool:
    """Whether a time of day lies in these hours, which may cross midnight."""
    return begins <= at < ends if begins < ends else not ends <= at < begins


def end_of_window(
    begins: time | None, ends: time | None, moment: datetime, zone: tzinfo
) -> datetime | None:
    """When the daily hours end in which `moment` lies; None outside of them, or without any.

    They may cross midnight; the moment of their end is no part of them.
    """
    if begins is None or ends is None or begins == ends:
        return None
    local = moment.astimezone(zone)
    for day in (local.date() - DAY, local.date()):
        begin = datetime.combine(day, begins, zone)
        end = datetime.combine(day if begins < ends else day + DAY, ends, zone)
        # In UTC: subtracting local times of one zone ignores daylight saving.
        if begin.timestamp() <= moment.timestamp() < end.timestamp():
            return end
    return None
