"""When a message is sent: quiet hours, and how long to wait after a failure."""

from datetime import datetime, time, timedelta, tzinfo

# After the first failure, the second, …; then an hour each time.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900, 1800))
LAST_DELAY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)
# Ends it also where the clock was wrong when the message was created.
MAX_ATTEMPTS = 40


def delay_after(attempts: int, age: timedelta) -> timedelta | None:
    """How long to wait after so many failed calls; None: a message of this age is given up."""
    if age >= GIVE_UP_AFTER or attempts >= MAX_ATTEMPTS:
        return None
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else LAST_DELAY


def end_of_quiet(
    quiet_from: time | None, quiet_until: time | None, now: datetime, zone: tzinfo
) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside of them.

    They may cross midnight; the moment of their end is no part of them.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    local = now.astimezone(zone)
    for day in (local.date() - timedelta(days=1), local.date()):
        begin = datetime.combine(day, quiet_from, zone)
        last_day = day if quiet_from < quiet_until else day + timedelta(days=1)
        end = datetime.combine(last_day, quiet_until, zone)
        # In UTC: subtracting local times of one zone ignores daylight saving.
        if begin.timestamp() <= now.timestamp() < end.timestamp():
            return end
    return None
