"""The figures of some people instead of a whole account: counted from their subscriptions.

Definitions are those of the daily figures (history.figures).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from ..models import Channel, OfficialAccount, Subscription
from ..rows.cursors import iterate, read_transaction
from ..rows.dialect import dialect, set_param
from .days import DAY, DayRange
from .figures import ChannelRow, DayRow, Origins, SourceRow

CHUNK = 10_000
Subscriptions = QuerySet[Subscription, Any]
# began_at, ended_at, source, scene
Row = tuple[Any, ...]


class PeopleFigures(NamedTuple):
    days: list[DayRow]
    origins: Origins


class _Counts:
    """joined, left and staying."""

    def __init__(self) -> None:
        self.joined = self.left = self.staying = 0


def count_people(
    account: OfficialAccount, keys: Sequence[int], days: DayRange, channels: int
) -> PeopleFigures:
    """Of the followers with these keys; every day of the period has a row, without a total.

    channels: the number of channels, the one that brought most first.
    """
    by_day: dict[date, _Counts] = defaultdict(_Counts)
    by_source: dict[str, _Counts] = defaultdict(_Counts)
    by_scene: dict[str, _Counts] = defaultdict(_Counts)
    start, end = _moment(days.first), _moment(days.last + DAY)
    baseline, zone = account.baseline_at, ZoneInfo(settings.TIME_ZONE)
    if baseline is None:
        return PeopleFigures([], Origins([], []))
    for began_at, ended_at, source, scene in _subscriptions(account, keys, start, end):
        counts = [by_source[source], *([by_scene[scene]] if scene else [])]
        if began_at and began_at > baseline and start <= began_at < end:
            for it in (by_day[began_at.astimezone(zone).date()], *counts):
                it.joined += 1
                it.staying += ended_at is None
        if ended_at and ended_at > baseline and start <= ended_at < end:
            for it in (by_day[ended_at.astimezone(zone).date()], *counts):
                it.left += 1
    origins = Origins(_sources(by_source), _channels(account, by_scene, channels))
    return PeopleFigures([_day(day, by_day[day]) for day in days], origins)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))


def _subscriptions(
    account: OfficialAccount, keys: Sequence[int], start: datetime, end: datetime
) -> list[Row]:
    """Those that began or ended in the period."""
    own = Subscription.objects.filter(account=account)
    began = Q(began_at__gte=start, began_at__lt=end)
    ended = Q(ended_at__isnull=False, ended_at__gte=start, ended_at__lt=end)
    # Each by its own index; those of both are among the first.
    parts = own.filter(began), own.filter(ended, Q(began_at=None) | Q(began_at__lt=start))
    with read_transaction():
        return [row for part in parts for row in _of_people(part, keys)]


def _of_people(found: Subscriptions, keys: Sequence[int]) -> Iterator[Row]:
    """By the people, or, where those are fewer, by the account's subscriptions in the period."""
    columns = ("began_at", "ended_at", "source", "scene")
    few = _at_most(found.values_list("follower_id", *columns), len(keys))
    if few is None:
        people = RawSQL(dialect().ids_sql, [set_param(keys)])  # noqa: S611
        yield from iterate(found.filter(follower_id__in=people).values_list(*columns), CHUNK)
        return
    wanted = set(keys)
    for follower, *row in few:
        if follower in wanted:
            yield tuple(row)


def _at_most(rows: Subscriptions, number: int) -> Iterable[Row] | None:
    """The rows, or None if there are more. Only many are counted before they are read."""
    if number <= CHUNK:
        found = list(rows[: number + 1])
        return found if len(found) <= number else None
    return iterate(rows, CHUNK) if rows[: number + 1].count() <= number else None


def _day(day: date, counts: _Counts) -> DayRow:
    return DayRow(day, counts.joined, counts.left, counts.joined - counts.left, None)


def _sources(counts: dict[str, _Counts]) -> list[SourceRow]:
    found = [
        SourceRow(source, it.joined, it.left, it.joined - it.left)
        for source, it in counts.items()
        if it.joined or it.left
    ]
    return sorted(found, key=lambda row: (-row.joined, row.source))


def _channels(
    account: OfficialAccount, counts: dict[str, _Counts], limit: int
) -> list[tuple[int, ChannelRow]]:
    told = [(scene, it) for scene, it in counts.items() if it.joined or it.left]
    best = sorted(told, key=lambda both: (-both[1].joined, both[0]))[:limit]
    named = Channel.objects.filter(account=account, scene__in=[scene for scene, _it in best])
    names = {it.scene: (it.name, it.group) for it in named}
    return [
        (
            account.pk,
            ChannelRow(
                scene, *names.get(scene, ("", "")), it.joined, it.joined, it.left, it.staying
            ),
        )
        for scene, it in best
    ]
