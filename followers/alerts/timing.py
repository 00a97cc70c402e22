"""How long to wait after a message that failed."""

from datetime import timedelta

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
