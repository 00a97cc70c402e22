"""Turns what happened to one follower, told moment by moment, into periods."""

from datetime import datetime, timedelta
from typing import Any

from .observations import CLOCK_TOLERANCE, Absent
from .periods import FoundBy, Period

# The first fields of a period: began_at, began_by, began_after, source, scene.
Began = tuple[datetime | None, FoundBy | None, datetime | None, str, str]
BEFORE_BASELINE: Began = (None, None, None, "", "")


class Timeline:
    """Every call is about a moment that is not earlier than that of the call before."""

    def __init__(self, baseline: datetime | None) -> None:
        self._baseline = baseline
        self._ended: list[Period] = []
        self._began: Began | None = None
        # The last moments at which they are known to have followed, and not to have followed.
        self._seen_at: datetime | None = None
        self._absent_at: datetime | None = None

    @property
    def follows(self) -> bool:
        return self._began is not None

    def periods(self) -> tuple[Period, ...]:
        return (*self._ended, *([Period(*self._began)] if self._began else []))

    def begin(self, at: datetime, by: FoundBy, source: str = "", scene: str = "") -> None:
        """Rule 5: whoever begins while they follow has left unnoticed before, at an unknown moment.

        That leaving is dated where they begin, so that the two cancel out and no total is wrong.
        """
        if self._began:
            self._end(at, FoundBy.MISSED, self._seen_at)
        self._began = at, by, self._absent_at, source, scene
        self._seen_at, self._absent_at = at, None

    def leave(self, at: datetime) -> None:
        """Rule 5: whoever leaves without following has begun unnoticed before; dated likewise.

        Before the baseline it is a leaving alone.
        """
        if not self._began:
            self.see(at, FoundBy.MISSED)
        self._end(at, FoundBy.EVENT, at)
        self._absent_at = at

    def see(self, at: datetime, by: FoundBy) -> None:
        """They follow. If that is news, they begin; before the baseline nobody can say when."""
        if not self._began:
            if self._is_known(at, by):
                self.begin(at, by)
            else:
                self._began = BEFORE_BASELINE
        self._seen_at = at

    def miss(self, at: datetime, absence: Absent) -> None:
        """They do not follow: as of the asking, or of the walk's start if nobody was asked."""
        if self._began:
            self._end(at, FoundBy.SYNC, self._seen_at, absence.end, absence.confirmed)
        absent_at = absence.end if absence.confirmed else at
        self._absent_at = max(self._absent_at or absent_at, absent_at)

    def _is_known(self, at: datetime, by: FoundBy) -> bool:
        """Whether they are known not to have followed at some time before, as the baseline tells.

        Rule 2: an event yields a minute to it, being dated by the other clock.
        """
        if self._ended or self._absent_at:
            return True
        tolerance = CLOCK_TOLERANCE if by == FoundBy.MISSED else timedelta()
        return bool(self._baseline and at > self._baseline + tolerance)

    def _end(self, at: datetime, by: FoundBy, *bounds: Any) -> None:
        self._ended.append(Period(*(self._began or BEFORE_BASELINE), at, by, *bounds))
        self._began = None
