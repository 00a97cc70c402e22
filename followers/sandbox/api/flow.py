"""How many people followed and left on each day, for WeChat's statistics."""

import threading
from collections import Counter
from collections.abc import Iterable

from ..people.records import Records
from .tokens import beijing_day

_DaySource = tuple[int, str]


class DailyCounts:
    """Numbers of people by day of Beijing and source (`subscribe_scene`); `net` by day alone."""

    def __init__(self) -> None:
        self.joined: Counter[_DaySource] = Counter()
        self.left: Counter[_DaySource] = Counter()
        self.net: Counter[int] = Counter()

    def add_joined(self, time: float, source: str) -> None:
        day = beijing_day(time)
        self.joined[day, source] += 1
        self.net[day] += 1

    def add_left(self, time: float, source: str) -> None:
        """`source`: how the one who leaves had come."""
        day = beijing_day(time)
        self.left[day, source] += 1
        self.net[day] -= 1


def _count_past(records: Records) -> DailyCounts:
    counts = DailyCounts()
    for period in (period for periods in records.initial_lives() for period in periods):
        counts.add_joined(period.began, period.source)
        if period.ended is not None:
            counts.add_left(period.ended, period.source)
    return counts


class _LiveCounts(DailyCounts):
    """What has happened since the start; a reset gives the records another log."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self.log, self._records = records.event_log, records
        self._counted = 0
        # Of those who came since the start.
        self._sources: dict[int, str] = {}

    def update(self) -> None:
        """Counts the events since the last update."""
        fresh = self.log[self._counted :]
        self._counted += len(fresh)
        for slot, event in fresh:
            initial = self._records.initial_source(slot)
            if event.name == "left":
                self.add_left(event.time, self._sources.get(slot, initial))
            else:
                self._sources[slot] = source = event.origin.get("subscribe_scene", initial)
                self.add_joined(event.time, source)


class FollowerFlow:
    """Thread safe.

    The past before the start never changes: it is counted when first asked for, which takes as long
    as reading all lives. Later events are added to it.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        # Not the population's lock: other calls go on while the past is counted.
        self._lock = threading.Lock()
        self._past: DailyCounts | None = None
        self._live = _LiveCounts(records)

    def changes(self, days: range) -> list[tuple[int, str, int, int]]:
        """Day, source, how many followed and how many left; without quiet days and sources."""
        with self._lock:
            counts = self._update()
            joined = _sum_within(days, (one.joined for one in counts))
            left = _sum_within(days, (one.left for one in counts))
        keys = sorted(joined.keys() | left.keys())
        return [(day, source, joined[day, source], left[day, source]) for day, source in keys]

    def totals(self, days: range) -> list[tuple[int, int]]:
        """Each day, and how many followed at its end."""
        with self._lock:
            past, live = self._update()
            net = Counter(past.net)
            net.update(live.net)
        total = sum(count for day, count in net.items() if day < days.start)
        return [(day, total := total + net[day]) for day in days]

    def _update(self) -> tuple[DailyCounts, DailyCounts]:
        if self._past is None:
            self._past = _count_past(self._records)
        with self._records.population.lock:
            self._records.population.apply_due_events()
            if self._live.log is not self._records.event_log:
                self._live = _LiveCounts(self._records)
        self._live.update()
        return self._past, self._live


def _sum_within(days: range, counters: Iterable[Counter[_DaySource]]) -> Counter[_DaySource]:
    found: Counter[_DaySource] = Counter()
    for counter in counters:
        found.update({key: count for key, count in counter.items() if key[0] in days})
    return found
