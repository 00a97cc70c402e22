"""What a period counts on which day, and what changes when periods change.

Definitions: `joined` counts periods that began after the account's baseline, `left` those that
ended after it. Both belong to the source and QR scene of the beginning. Of those that joined, the
day of their beginning also counts how many have left within N times 24 hours, in whole seconds.
Those that joined at an exact time count in its hour as well, whatever the source.
recount.py counts the same from the rows, in SQL.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .periods import EXACT, Period

WITHIN_DAYS = (1, 7, 30, 90)
COUNTS = ("joined", "left", *(f"left_within_{days}" for days in WITHIN_DAYS), "left_ever")
_JOINED, _LEFT, *_LEFT_WITHIN = range(len(COUNTS))
_LIMITS = tuple(
    (index, timedelta(days=days)) for index, days in zip(_LEFT_WITHIN, WITHIN_DAYS, strict=False)
)


class FigureKey(NamedTuple):
    day: date
    source: str
    scene: str


class HourKey(NamedTuple):
    """hour: 0 to 23 by the clocks of the zone; one that they repeat counts both times."""

    day: date
    hour: int


Figures = list[tuple[FigureKey, list[int]]]
"""Rows of figures, in the order of COUNTS."""

HourFigures = list[tuple[HourKey, int]]
"""How many joined in each hour."""


class FigureChanges:
    """What to add to the figures of an account. `zone`: that of the days and hours."""

    def __init__(self, baseline: datetime, zone: ZoneInfo) -> None:
        self._baseline, self._zone = baseline, zone
        self._changes: defaultdict[FigureKey, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
        self._hours: defaultdict[HourKey, int] = defaultdict(int)

    def replace(self, old: Iterable[Period], new: Iterable[Period]) -> None:
        for period in old:
            self.add(period, -1)
        for period in new:
            self.add(period)

    def add(self, period: Period, times: int = 1) -> None:
        """`times` periods like this one; negative to take them away."""
        began_at, ended_at = period.began_at, period.ended_at
        if ended_at and ended_at > self._baseline:
            self._row(ended_at, period)[_LEFT] += times
        if not began_at or began_at <= self._baseline:
            return
        row = self._row(began_at, period)
        row[_JOINED] += times
        if period.began_by in EXACT:
            began = began_at.astimezone(self._zone)
            self._hours[HourKey(began.date(), began.hour)] += times
        if ended_at:
            row[-1] += times
            lasted = ended_at.replace(microsecond=0) - began_at.replace(microsecond=0)
            for index, limit in _LIMITS:
                row[index] += times * (lasted < limit)

    def _row(self, at: datetime, period: Period) -> list[int]:
        day = at.astimezone(self._zone).date()
        return self._changes[FigureKey(day, period.source, period.scene)]

    def rows(self) -> Figures:
        """Those that change anything, in order: two writers never lock them crosswise."""
        return sorted((key, row) for key, row in self._changes.items() if any(row))

    def hours(self) -> HourFigures:
        """Likewise."""
        return sorted((key, joined) for key, joined in self._hours.items() if joined)
