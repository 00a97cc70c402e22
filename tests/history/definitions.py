"""The figures as they are defined, counted one stored subscription after the other."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from followers.models import Follower, OfficialAccount, Subscription

DAY = timedelta(days=1)
RETENTION_DAYS = (1, 7, 30, 90)


@dataclass(frozen=True)
class Span:
    """A subscription with its local days; those before the account's baseline are None."""

    person: int
    source: str
    scene: str
    began: datetime | None
    ended: datetime | None
    joined_on: date | None
    left_on: date | None
    hour: int | None

    @property
    def is_open(self) -> bool:
        return self.ended is None

    def lasted(self, days: int) -> bool:
        """Whether it lasted so many times 24 hours, in whole seconds."""
        assert self.began is not None
        if self.ended is None:
            return True
        return int(self.ended.timestamp()) - int(self.began.timestamp()) >= days * 86_400


class Definitions:
    """Of one account. now: the moment at which pages are read."""

    def __init__(self, account: OfficialAccount, now: datetime) -> None:
        assert account.baseline_at is not None
        self.account, self.now = account, now
        self.first = timezone.localdate(account.baseline_at)
        rows = Subscription.objects.filter(account=account)
        self.spans = [self.span(row) for row in rows]
        told = {it.person for it in self.spans}
        present = Follower.objects.filter(account=account, subscribed=True)
        # Who was in the first list and has never left has no row.
        self.silent = sum(pk not in told for pk in present.values_list("pk", flat=True))

    def span(self, row: Subscription) -> Span:
        baseline = self.account.baseline_at
        assert baseline is not None
        began = timezone.localtime(row.began_at) if row.began_at else None
        ended = timezone.localtime(row.ended_at) if row.ended_at else None
        is_new = began is not None and began > baseline
        return Span(
            row.follower_id,
            row.source,
            row.scene,
            began,
            ended,
            began.date() if began and is_new else None,
            ended.date() if ended and ended > baseline else None,
            began.hour if began and is_new and row.began_by in ("event", "profile") else None,
        )

    def joined(self, first: date, last: date) -> list[Span]:
        return [it for it in self.spans if it.joined_on and first <= it.joined_on <= last]

    def left(self, first: date, last: date) -> list[Span]:
        return [it for it in self.spans if it.left_on and first <= it.left_on <= last]

    def total(self, day: date) -> int | None:
        """At the end of the day."""
        if day < self.first:
            return None
        end = timezone.make_aware(datetime.combine(day + DAY, time()))
        there = [it for it in self.spans if it.began is None or it.began < end]
        return self.silent + sum(it.ended is None or it.ended >= end for it in there)


class Together:
    """Of several accounts, as their sums."""

    def __init__(self, each: Sequence[Definitions]) -> None:
        self.each, self.now = each, each[0].now

    def joined(self, first: date, last: date) -> list[Span]:
        return [span for it in self.each for span in it.joined(first, last)]

    def left(self, first: date, last: date) -> list[Span]:
        return [span for it in self.each for span in it.left(first, last)]

    def total(self, day: date) -> int | None:
        known = [total for it in self.each if (total := it.total(day)) is not None]
        return sum(known) if known else None

    def numbers(self, first: date, last: date) -> tuple[int, int, int, int | None]:
        """Joined, left, net, and the total at the end."""
        joined, left = len(self.joined(first, last)), len(self.left(first, last))
        return joined, left, joined - left, self.total(last)

    def by_source(self, first: date, last: date) -> dict[str, tuple[int, int, int]]:
        joined = count(self.joined(first, last), lambda it: it.source)
        left = count(self.left(first, last), lambda it: it.source)
        return {it: (joined[it], left[it], joined[it] - left[it]) for it in joined | left}

    def by_channel(self, first: date, last: date) -> dict[tuple[int, str], tuple[int, int, int]]:
        """By account and scene: joined, left, staying."""
        found = {}
        for one in self.each:
            began = one.joined(first, last)
            joined = count(began, lambda it: it.scene)
            left = count(one.left(first, last), lambda it: it.scene)
            staying = count((it for it in began if it.is_open), lambda it: it.scene)
            for scene in (joined | left).keys() - {""}:
                numbers = (joined[scene], left[scene], staying[scene])
                found[one.account.pk, scene] = numbers
        return found

    def stayed(self, spans: Iterable[Span]) -> dict[int, tuple[int, int]]:
        """By number of days: of how many they have passed, and how many of these stayed."""
        spans, found = list(spans), {}
        for days in RETENTION_DAYS:
            until = timezone.localdate(self.now - days * DAY)
            passed = [it for it in spans if it.joined_on and it.joined_on < until]
            found[days] = (len(passed), sum(it.lasted(days) for it in passed))
        return found

    def hours(self, first: date, last: date) -> list[list[int]]:
        found = [[0] * 24 for _ in range(7)]
        for it in self.joined(first, last):
            if it.joined_on and it.hour is not None:
                found[it.joined_on.weekday()][it.hour] += 1
        return found


def count(spans: Iterable[Span], key: Callable[[Span], str]) -> Counter[str]:
    return Counter(key(it) for it in spans)


def cut(first: date, last: date, by: str) -> list[tuple[date, date]]:
    """The days, weeks or months from the first to the last day."""
    found: list[tuple[date, date]] = []
    day = first
    while day <= last:
        begins = {"day": True, "week": day.weekday() == 0, "month": day.day == 1}[by]
        found.append((day, day) if begins or not found else (found.pop()[0], day))
        day += DAY
    return found
