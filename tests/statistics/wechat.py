"""A simulated WeChat over HTTP, on one made-up clock with the database, and its own record."""

from collections import Counter
from datetime import date, datetime, timedelta

from followers.accounts import client as accounts_client
from followers.models import ApiUsage, OfficialAccount, WeChatDay, WeChatFigures
from followers.rows.dialect import PostgreSQL, SQLite
from followers.sandbox import Sandbox
from followers.statistics import wechat_figures
from followers.wechat.errors import BEIJING
from followers.wechat.sources import USER_SOURCE_BY_SCENE

DAY = timedelta(days=1)
# The article's menu and account migration have no number and are others; 35 stands for none.
SOURCES = USER_SOURCE_BY_SCENE | {"ADD_SCENE_SMART_SCREEN": 35}


class Clock:
    """At first, nine in the morning in Beijing: yesterday's figures are ready."""

    def __init__(self, monkeypatch) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=BEIJING)
        for dialect in (SQLite, PostgreSQL):
            monkeypatch.setattr(dialect, "now", lambda _dialect: self.now)
        monkeypatch.setattr(accounts_client, "from_now", self.from_now)

    def from_now(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    @property
    def yesterday(self) -> date:
        return self.now.date() - DAY


class Morning:
    """An account that has been synced, and who followed and left it as WeChat knows."""

    def __init__(self, sandbox: Sandbox, account: OfficialAccount, clock: Clock) -> None:
        self.sandbox, self.account, self.clock = sandbox, account, clock

    def begin(self, days: int) -> None:
        """The baseline was at noon, so many days before yesterday."""
        noon = self.clock.now.replace(hour=12) - (days + 1) * DAY
        OfficialAccount.objects.update(baseline_at=noon, statistics_zone="Asia/Shanghai")
        self.account.refresh_from_db()

    @property
    def first(self) -> date:
        return self.account.baseline_at.astimezone(BEIJING).date()

    def fetch(self) -> None:
        wechat_figures.fetch(self.account.pk)
        self.account.refresh_from_db()

    def fetch_all(self, most: int = 20) -> int:
        """Tasks as the supervisor enqueues them, until nothing is due; returns how many."""
        for number in range(most):
            if not (due := wechat_figures.take_due()):
                return number
            wechat_figures.fetch(*due)
            self.clock.forward(minutes=1)
        raise AssertionError("there is always a rest")

    @property
    def calls(self) -> int:
        """Of WeChat's statistics, refused ones included."""
        found = self.sandbox.state["calls"]
        return sum(count for path, count in found.items() if path.startswith("/datacube/"))

    @property
    def recorded_calls(self) -> int:
        rows = ApiUsage.objects.filter(path__startswith="/datacube/")
        return sum(rows.values_list("calls", flat=True))

    def events(self):
        """Day, source and 1 for everybody who followed, -1 for everybody who left."""
        for periods in self.sandbox.lives().values():
            for one in periods:
                source = SOURCES.get(one.source, 0)
                yield day_of(one.began), source, 1
                if one.ended is not None:
                    yield day_of(one.ended), source, -1

    def record(self, first: date | None = None, last: date | None = None):
        """Day, source, joined and left, and the total of each day."""
        first, last = first or self.first, last or self.clock.yesterday
        counts = Counter(self.events())
        keys = {(day, source) for day, source, _ in counts if first <= day <= last}
        days = [first + number * DAY for number in range((last - first).days + 1)]
        totals = [sum(one * n for (at, _s, one), n in counts.items() if at <= day) for day in days]
        rows = [(*key, counts[*key, 1], counts[*key, -1]) for key in sorted(keys)]
        return rows, list(zip(days, totals, strict=True))


def day_of(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, BEIJING).date()


def stored():
    """What `record` should say."""
    rows = WeChatFigures.objects.order_by("day", "source")
    totals = WeChatDay.objects.order_by("day").values_list("day", "total")
    return list(rows.values_list("day", "source", "joined", "left")), list(totals)


def days(*, is_final: bool) -> list[date]:
    rows = WeChatDay.objects.filter(is_final=is_final).order_by("day")
    return list(rows.values_list("day", flat=True))
