"""An account that is synced over months of simulated time, and the record of the simulated WeChat.

The database's clock and WeChat's are both made up, some seconds apart; every call takes a moment,
in which people come and go.
"""

import random
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from followers.history.periods import FoundBy, Period
from followers.models import EPOCH, Follower, OfficialAccount, SyncRun
from followers.rows.dialect import PostgreSQL, SQLite
from followers.runs import engine
from followers.sandbox.people import lives
from tests.history.stored import assert_figures, assert_history, periods

from .driver import LIST, SECRET, FakeWeChat, drive, following
from .truth import start

STARTS_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
# By so much a bound may be off: the clocks' distance and the minute within which they are equal.
SLACK = timedelta(seconds=81)
TruePeriod = tuple[datetime, datetime | None]
PACES = ((1, 90), (90, 4_000), (4_000, 90_000), (90_000, 900_000))


class Killed(BaseException):
    """Nobody handles it."""


class SimulatedTime:
    """`walks`: from when to when each sync ran that succeeded and whose list left nobody out."""

    def __init__(self, monkeypatch, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = STARTS_AT
        self.skew = timedelta(seconds=self.random.choice([0, 0, 20, -20]))
        for dialect in (SQLite, PostgreSQL):
            monkeypatch.setattr(dialect, "now", lambda _dialect: self.now)
        self.wechat = FakeWeChat(
            30,
            app_id=f"wx{seed:08d}",
            page_size=10,
            tags=0,
            clock=lambda: (self.now + self.skew).timestamp(),
        )
        self.account = OfficialAccount.objects.create(
            name="Tea House", app_id=f"wx{seed:08d}", app_secret=SECRET
        )
        monkeypatch.setattr(engine, "client_for", self.wechat.client_for)
        self.walks: list[tuple[datetime, datetime]] = []
        self.wechat.before = self.a_call

    def pass_time(self, least: float, most: float) -> None:
        self.now += timedelta(seconds=self.random.uniform(least, most))

    def a_call(self, path: str) -> None:
        self.pass_time(0.05, 4)
        if self.random.random() < 0.15:
            self.move()
            self.pass_time(0.05, 4)

    def move(self) -> None:
        people = self.wechat.people
        for act in self.random.choices([people.leave, people.join, people.come_back], k=2):
            if act != people.leave or len(self.wechat.followers()) > 12:
                act(self.random.randint(1, 2))

    def live(self) -> None:
        """Some time in which nobody syncs."""
        for _ in range(self.random.randint(0, 4)):
            self.pass_time(*self.random.choice(PACES))
            self.move()
        self.pass_time(*self.random.choice(PACES))

    def sync(self, *, quiet: bool = False) -> SyncRun:
        omits = not quiet and self.random.random() < 0.3
        if omits:
            self.wechat.fault("omits", people=3, path=LIST)
        if quiet:
            self.wechat.before = lambda path: self.pass_time(0.05, 4)
        started = self.now
        run = start(self.account, "listing", "details", refresh_details=quiet)
        if not quiet and self.random.random() < 0.4:
            self.kill_a_worker(run)
        run = drive(run)
        self.wechat.clear()
        if run.status == "succeeded" and not omits:
            self.walks.append((started, self.now))
        return run

    def kill_a_worker(self, run: SyncRun) -> None:
        """In the middle of a call; its lease runs out some time later, in which people move."""
        calls = self.random.randint(1, 6)

        def before(path: str) -> None:
            nonlocal calls
            calls -= 1
            if calls < 0:
                raise Killed
            self.a_call(path)

        self.wechat.before = before
        with suppress(Killed):
            drive(run)
        self.wechat.before = self.a_call
        SyncRun.objects.filter(pk=run.pk).update(lease_until=EPOCH)
        self.pass_time(60, 400)
        self.move()

    def check(self) -> None:
        """The rows against the record."""
        assert following(self.account) == self.wechat.followers()
        assert_figures(self.account)
        records = self.wechat.account.records
        for row in Follower.objects.filter(account=self.account):
            assert_history(row)
            truth = [self.true(period) for period in records.periods(row.openid)]
            self.compare(periods(row), row.first_seen_at, truth)

    def true(self, period: lives.Period) -> TruePeriod:
        """In the time of the database's clock."""
        began, ended = (
            None if at is None else datetime.fromtimestamp(at, UTC) - self.skew
            for at in (period.began, period.ended)
        )
        assert began is not None
        return began, ended

    def compare(self, rows: list[Period], first_seen_at: datetime, truth: list[TruePeriod]) -> None:
        """A row tells of a true period, and of those after it whose gaps nobody could notice."""
        firsts = [self.matching(row, first_seen_at, truth) for row in rows]
        assert firsts == sorted(set(firsts)), (rows, truth)
        told: set[int] = set()
        for row, first, limit in zip(rows, firsts, [*firsts[1:], len(truth)], strict=False):
            # Whoever was there for a whole sync was asked about, and whoever is missing is, too.
            assert row.began_by != FoundBy.SYNC or not self.was_noticed(truth[first]), row
            assert row.ended_by != FoundBy.SYNC or row.ended_confirmed, row
            last = self.end_of(row, truth, range(first, limit))
            told.update(range(first, last + 1))
            gaps = [(truth[it][1], truth[it + 1][0]) for it in range(first, last)]
            assert not [gap for gap in gaps if self.was_noticed(gap)], (row, truth)
        if rows:
            silent = [it for number, it in enumerate(truth) if number not in told]
            assert not [it for it in silent if self.was_noticed(it)], (rows, truth)

    def matching(self, row: Period, first_seen_at: datetime, truth: list[TruePeriod]) -> int:
        """Which true period the row tells of: by its exact beginning, or that before the list."""
        for number, (began, ended) in enumerate(truth):
            if row.began_by == FoundBy.PROFILE and row.began_at is not None:
                if abs(row.began_at - self.skew - began) < timedelta(seconds=1.01):
                    return number
            elif row.began_at is None or row.began_by == FoundBy.SYNC:
                at = row.began_at or first_seen_at
                if began - SLACK <= at and (ended is None or at <= ended + SLACK):
                    return number
        raise AssertionError(("nobody followed then", row, truth))

    def end_of(self, row: Period, truth: list[TruePeriod], among: range) -> int:
        """The last true period with which the row may end: within its bounds."""
        if row.ended_at is None:
            assert truth[-1][1] is None, (row, truth)
            return len(truth) - 1
        latest = row.ended_before or row.ended_at
        for number in reversed(among):
            ended = truth[number][1]
            is_late = row.ended_after is None or (ended and row.ended_after - SLACK <= ended)
            if ended and is_late and ended <= latest + SLACK:
                return number
        raise AssertionError(("nobody left then", row, truth))

    def was_noticed(self, span: tuple[datetime | None, datetime | None]) -> bool:
        """Whether a whole walk lies within it."""
        began, ended = span
        assert began is not None
        return any(
            began < start - SLACK and (ended is None or end + SLACK < ended)
            for start, end in self.walks
        )


def syncs(time: SimulatedTime, rounds: int) -> Iterable[SyncRun]:
    for _ in range(rounds):
        time.live()
        yield time.sync()
    time.live()
    yield time.sync(quiet=True)
