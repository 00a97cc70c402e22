"""Random lives of one follower: what really happened, and the news that came of it.

Whole seconds by WeChat's clock are the truth; our clock, which dates pages, answers and arrivals,
may be 20 seconds off. A life is made of its seed alone.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import dropwhile

from followers.history.observations import (
    Absent,
    Baseline,
    Listed,
    Observation,
    Profile,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
SOURCES = ("ADD_SCENE_SEARCH", "ADD_SCENE_QR_CODE")
# Seconds from one move to the next, drawn for each life.
PACES = ((0, 2), (1, 10), (1, 300), (200, 4000), (4000, 200_000))
# News of events come at most so many seconds late.
LATENESS = 10


def moment(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)


@dataclass
class Life:
    """`periods`: when they followed, in seconds, half-open; None: before anything, or still.

    `news`: what was heard, with the moment of its arrival by our clock, in that order.
    `is_exact`: every event arrived, and no list left them out without somebody asking.
    """

    seed: int
    baseline: datetime = BEGINNING
    periods: list[tuple[int | None, int | None]] = field(default_factory=list)
    news: list[tuple[datetime, Observation]] = field(default_factory=list)
    is_exact: bool = True

    @property
    def observations(self) -> list[Observation]:
        return [observation for _, observation in self.news]

    @property
    def follows(self) -> bool:
        """At the end."""
        return bool(self.periods) and self.periods[-1][1] is None


class Maker:
    """`odd`: subscribe_time may be that of an earlier following, and walks may overlap."""

    def __init__(self, seed: int, *, odd: bool) -> None:
        self.random = random.Random(seed)
        self.life = Life(seed)
        self.skew = self.random.choice([0, 0, 20, -20])
        self.lost = 0 if self.random.random() < 0.4 else self.random.choice([0.2, 0.5, 1])
        self.omitted = self.random.choice([0, 0, 0.2])
        self.odd = odd
        self.stale = 0.2 if odd and self.random.random() < 0.3 else 0
        self.moves: list[int] = []
        self.last = 0
        self.walked = 0

    def ours(self, seconds: float) -> datetime:
        """The database's time at that moment."""
        return moment(seconds + self.skew)

    def hear(self, arrival: datetime, observation: Observation) -> None:
        self.life.news.append((arrival, observation))

    def event(self, at: int, observation: Observation) -> None:
        if self.random.random() < self.lost:
            self.life.is_exact = False
        else:
            self.hear(self.ours(at + self.random.uniform(0, LATENESS)), observation)

    def move(self) -> None:
        """The truth, and its events."""
        pace = self.random.choice(PACES)
        begun: int | None = None
        follows, at = self.random.random() < 0.5, 0
        for _ in range(self.random.randint(0, 7)):
            at += self.random.randint(*pace)
            if (len(self.moves) == 1 and not follows) or self.moves[-2:] == [at, at]:
                at += 1  # Two in one second, but neither as the first thing known, nor three.
            self.moves.append(at)
            if follows:
                self.life.periods.append((begun, at))
                self.event(at, UnsubscribeEvent(moment(at)))
            else:
                begun = at
                self.event(at, SubscribeEvent(moment(at), scene=self.random.choice(["", "7"])))
            follows = not follows
        if follows:
            self.life.periods.append((begun, None))
        self.last = at

    def begun(self, at: float) -> int | None:
        """When the period began that holds this moment; -500 for the first; None: there is none."""
        for begun, ended in self.life.periods:
            if (begun is None or begun <= at) and (ended is None or at < ended):
                return -500 if begun is None else begun
        return None

    def ask(self, at: float) -> None:
        """Details, read some time after a page."""
        since = self.begun(at)
        if since is None:
            return
        if self.random.random() < self.stale:
            since = self.life.periods[0][0] or -500
            self.life.is_exact = False
        asked_at, source = self.ours(at), self.random.choice(SOURCES)
        self.hear(asked_at, Profile(asked_at, moment(since), source))

    def scan(self) -> None:
        for _ in range(self.random.choice([0, 0, 1, 3])):
            at = self.random.randint(0, self.last + 4000)
            if self.begun(at) is not None:
                self.event(at, ScanEvent(moment(at)))

    def walk(self, start: int, length: int, *, is_last: bool = False) -> None:
        """A complete list, of which one page would name them."""
        page, end = start + self.random.uniform(0, length), start + length
        self.walked = end + 60
        is_listed = self.begun(page) is not None and (
            is_last or self.random.random() >= self.omitted
        )
        if is_listed:
            self.hear(self.ours(page), Listed(self.ours(page)))
            if self.random.random() < 0.6:
                self.ask(page + self.random.randint(1, 5000))
        elif is_last or self.random.random() < 0.7:
            self.confirm(start, end + self.random.uniform(1, 60))
        elif not any(start - 600 <= at for at in self.moves if at <= end):
            self.hear(self.ours(end), Absent(self.ours(start), self.ours(end)))
            self.life.is_exact &= self.begun(page) is None

    def confirm(self, start: int, asked: float) -> None:
        at = self.ours(asked)
        follows = self.begun(asked) is not None
        self.hear(at, Listed(at) if follows else Absent(self.ours(start), at, confirmed=True))

    def first_list(self, start: int, length: int) -> None:
        self.life.baseline = self.ours(start + length)
        page = start + self.random.uniform(0, length)
        if self.begun(page) is not None:
            self.hear(self.ours(page), Baseline(self.ours(page)))

    def made(self) -> Life:
        self.move()
        self.scan()
        baseline, length = self.random.randint(0, 2000), self.random.choice([5, 1800])
        self.first_list(baseline, length)
        latest = max(self.last, baseline + length) + 4000
        for start in sorted(self.random.randint(baseline + length, latest) for _ in range(4)):
            length = self.random.choice([5, 5, 1800])
            if self.odd or start > self.walked:
                self.walk(start, length)
        self.walk(latest + 12_000, 1800, is_last=True)
        news = sorted(self.life.news, key=lambda news: news[0])
        # Nobody asks about people who are not known.
        self.life.news = list(dropwhile(lambda news: isinstance(news[1], Absent), news))
        return self.life


def make_life(seed: int, *, odd: bool = False) -> Life:
    return Maker(seed, odd=odd).made()
