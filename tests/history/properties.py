"""What holds for every life of lives.py. Failures name its seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from followers.history.fold import fold
from followers.history.observations import (
    Observation,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)
from followers.history.periods import (
    FoundBy,
    Period,
    Status,
    first_seen,
    observations_of,
    status_of,
)

from .lives import Life, moment

Rows = tuple[Period, ...]
News = list[tuple[datetime, Observation]]
EVENTS = (SubscribeEvent, UnsubscribeEvent, ScanEvent)


def rows_of(life: Life) -> Rows:
    return fold(life.observations, life.baseline)


def batches(news: Sequence[Observation], chance: random.Random) -> Iterator[list[Observation]]:
    """One to four at a time."""
    rest = list(news)
    while rest:
        number = chance.randint(1, 4)
        yield rest[:number]
        rest = rest[number:]


def fold_in_batches(
    life: Life, news: Sequence[Observation], *, keep_events: bool = False
) -> tuple[Rows, Status]:
    """As it is done: each batch with what the rows know, and with the events if they are kept."""
    rows: Rows = ()
    status = status_of((), ())
    events: list[Observation] = []
    seen_at: datetime | None = None
    for batch in batches(news, random.Random(life.seed)):
        seen_at = min(filter(None, (seen_at, first_seen(batch))), default=None)
        known = observations_of(rows, seen_at, status.status_as_of)
        known += [*events, *batch]
        if keep_events:
            events += [it for it in batch if isinstance(it, EVENTS)]
        rows = fold(known, life.baseline)
        status = status_of(rows, known)
    return rows, status


def ascending(*moments: datetime | None) -> bool:
    known = [it for it in moments if it]
    return known == sorted(known)


def covers(row: Period, at: datetime) -> bool:
    return (not row.began_at or row.began_at <= at) and (not row.ended_at or at < row.ended_at)


def is_well_formed(rows: Rows) -> bool:
    """Bounds in order, no overlap; only the last may last, only the first begin at any time."""
    return (
        all(row.began_at for row in rows[1:])
        and all(row.ended_at for row in rows[:-1])
        and all((row.ended_by is None) == (row.ended_at is None) for row in rows)
        and all(ascending(row.began_after, row.began_at, row.ended_after) for row in rows)
        and all(ascending(row.began_at, row.ended_after, row.ended_at) for row in rows)
        and all(ascending(row.ended_at, row.ended_before) for row in rows)
        and all(ascending(one.ended_at, it.began_after, it.began_at) for one, it in pairwise(rows))
        and all(ascending(one.ended_before, it.began_at) for one, it in pairwise(rows))
    )


def assert_well_formed(life: Life) -> None:
    assert is_well_formed(rows_of(life)), life.seed


def assert_order_is_irrelevant(life: Life) -> None:
    chance = random.Random(life.seed)
    news = life.observations
    chance.shuffle(news)
    news += chance.sample(news, min(3, len(news)))
    assert fold(news, life.baseline) == rows_of(life), life.seed


def assert_present(life: Life) -> None:
    """The last list is confirmed, so the present is known, also if news come in any order."""
    assert status_of(rows_of(life), life.observations).subscribed == life.follows, life.seed
    news = life.observations
    random.Random(life.seed).shuffle(news)
    for keep_events in (False, True):
        _, status = fold_in_batches(life, news, keep_events=keep_events)
        assert status.subscribed == life.follows, life.seed


def assert_truth(life: Life) -> None:
    """If every event arrived. What began before the baseline need not be known."""

    def began(row: Period) -> datetime | None:
        is_claimed = row.began_by == FoundBy.EVENT or (row.began_at or moment(-1)) > life.baseline
        return row.began_at if is_claimed else None

    found = [(began(row), row.ended_at) for row in rows_of(life)]
    truth = [
        (None if begun is None else moment(begun), None if ended is None else moment(ended))
        for begun, ended in life.periods
    ]
    assert not life.is_exact or found == truth, life.seed


def assert_totals(life: Life) -> None:
    """joined − left is what the total changes by, on each day after the baseline's moment."""
    rows = rows_of(life)
    begin = life.baseline
    for _ in range(25):
        end = begin + timedelta(days=1)
        joined = sum(1 for row in rows if row.began_at and begin < row.began_at <= end)
        left = sum(1 for row in rows if row.ended_at and begin < row.ended_at <= end)
        before, after = (sum(covers(row, at) for row in rows) for at in (begin, end))
        assert after <= 1, life.seed
        assert joined - left == after - before, (life.seed, begin)
        begin = end


def assert_incremental(life: Life) -> None:
    """Rows and news give what everything gives, for events ten seconds late and pages in time.

    When they are known to have followed, or not, rows keep for the newest moment alone. Where late
    news need an older one, began_after and ended_after may be others. And rows do not keep that a
    scan is exact.
    """
    has_scans = any(isinstance(it, ScanEvent) for it in life.observations)
    status = status_of(rows_of(life), life.observations)
    expected = [without_bounds(row) for row in rows_of(life)]
    for keep_events in (True,) if has_scans else (False, True):
        rows, present = fold_in_batches(life, life.observations, keep_events=keep_events)
        assert [without_bounds(row) for row in rows] == expected, life.seed
        assert is_well_formed(rows), life.seed
        assert present == status, life.seed


def without_bounds(row: Period) -> Period:
    return replace(row, began_after=None, ended_after=None)


def assert_round_trip(life: Life) -> None:
    rows = rows_of(life)
    status = status_of(rows, life.observations)
    for as_of in (None, status.status_as_of):
        known = observations_of(rows, first_seen(life.observations), as_of)
        assert fold(known, life.baseline) == rows, life.seed
    assert status_of(rows, known) == status, life.seed


ALL = (
    assert_well_formed,
    assert_order_is_irrelevant,
    assert_present,
    assert_truth,
    assert_totals,
    assert_incremental,
    assert_round_trip,
)
# Of most absences rows do not know whether WeChat confirmed them, nor when their walks began.
OF_ODD_LIVES = tuple(it for it in ALL if it is not assert_incremental)
