"""A follower's periods of following, what they say of the present, and of the past."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .observations import (
    CLOCK_TOLERANCE,
    Absent,
    Baseline,
    Listed,
    Observation,
    Profile,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)


class FoundBy(StrEnum):
    """What a beginning or an ending is known by. EVENT and PROFILE are exact.

    MISSED: no news of it came; it is dated by the event or profile that shows that it happened.
    """

    EVENT = "event"
    PROFILE = "profile"
    SYNC = "sync"
    MISSED = "missed"


EXACT = (FoundBy.EVENT, FoundBy.PROFILE)


@dataclass(frozen=True, slots=True)
class Period:
    """One period of following, half-open: they follow at `began_at`, and at `ended_at` no longer.

    began_at, began_by: None: at an unknown time before the account's baseline.
    began_after: the last moment before it at which they did not follow, None if none is known.
    source, scene: how it began; "" where unknown.
    ended_at, ended_by: None while it lasts.
    ended_after: the last moment at which they are known to have followed. None: no moment is.
    ended_before: if ended by SYNC, when they had left at the latest: the walk's end, or the asking.
    ended_confirmed: if ended by SYNC, whether WeChat was asked; otherwise a list was believed.
    """

    began_at: datetime | None = None
    began_by: FoundBy | None = None
    began_after: datetime | None = None
    source: str = ""
    scene: str = ""
    ended_at: datetime | None = None
    ended_by: FoundBy | None = None
    ended_after: datetime | None = None
    ended_before: datetime | None = None
    ended_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """The present, under the names of the follower's own fields."""

    subscribed: bool
    status_as_of: datetime | None
    unsubscribed_at: datetime | None


def status_of(periods: Sequence[Period], observations: Iterable[Observation]) -> Status:
    """Rule 6: the present is the last period, as of the newest observation that agrees.

    `periods`: the fold of these observations; without any, they do not follow.
    `unsubscribed_at` stays when they come back.
    """
    subscribed = bool(periods) and periods[-1].ended_at is None
    told = [_says(observation) for observation in observations]
    return Status(
        subscribed,
        status_as_of=max((at for follows, at in told if follows == subscribed), default=None),
        unsubscribed_at=max((row.ended_at for row in periods if row.ended_at), default=None),
    )


def first_seen(observations: Iterable[Observation]) -> datetime | None:
    """The first moment at which any of them says that they follow, or just did.

    A profile says so of its asking: that they had begun long before is no sighting.
    """
    told = (_says(it)[1] for it in observations if not isinstance(it, Absent))
    return min(told, default=None)


def _says(observation: Observation) -> tuple[bool, datetime]:
    """Whether they follow, and the latest moment for which the observation says so.

    A list without them is not known to be true of any moment later than its walk's start.
    """
    match observation:
        case Profile():
            return True, observation.asked_at
        case Absent():
            return False, observation.end if observation.confirmed else observation.start
        case _:
            return not isinstance(observation, UnsubscribeEvent), observation.at


def observations_of(
    periods: Sequence[Period],
    first_seen_at: datetime | None = None,
    as_of: datetime | None = None,
) -> list[Observation]:
    """What stored periods still know: folded again, they give themselves.

    first_seen_at: the follower's own; it stands for a period begun before the baseline.
    as_of: the follower's `status_as_of`, often later than anything in the rows. With it, older news
    cannot change the present (rule 6). Without rows it says that they do not follow: for somebody
    of the baseline, whose row is not stored as long as it lasts, pass `Period()`.
    """
    known: list[Observation] = []
    previous = None
    for row in periods:
        known += _of_beginning(row, previous, first_seen_at, as_of)
        known += _of_ending(row)
        previous = row
    if as_of:
        known += _of_present(previous, as_of)
    return known


def _of_beginning(
    row: Period,
    previous: Period | None,
    first_seen_at: datetime | None,
    as_of: datetime | None,
) -> Iterator[Observation]:
    absent_at = row.began_after
    if absent_at and not (previous and absent_at in (previous.ended_at, previous.ended_before)):
        yield Absent(absent_at, absent_at)
    if row.began_at is None:
        seen_at = first_seen_at or row.ended_after or row.ended_at
        if seen_at:
            yield Baseline(seen_at)
    elif row.began_by == FoundBy.EVENT:
        yield SubscribeEvent(row.began_at, row.source, row.scene)
    elif row.began_by == FoundBy.PROFILE:
        yield Profile(_last_seen(row, row.began_at, as_of), row.began_at, row.source, row.scene)
    elif row.began_by == FoundBy.SYNC:
        yield Listed(row.began_at)
    elif row.began_at != row.ended_at:
        # Missed, and not for an unsubscribe event, which will show it again: a scan showed it.
        yield ScanEvent(row.began_at)


def _last_seen(row: Period, began_at: datetime, as_of: datetime | None) -> datetime:
    """When a profile may have told the beginning at the latest: before it is known to have ended.

    An absence just after it would otherwise yield to it (fold.is_overruled).
    """
    seen_at = as_of if row.ended_at is None else row.ended_after
    if row.ended_by not in (None, FoundBy.SYNC) or seen_at is None:
        return began_at
    return max(began_at, seen_at)


def _of_ending(row: Period) -> Iterator[Observation]:
    if row.ended_at is None:
        return
    if row.ended_by == FoundBy.EVENT:
        yield UnsubscribeEvent(row.ended_at)
        return
    if row.ended_by == FoundBy.SYNC:
        yield Absent(row.ended_at, row.ended_before or row.ended_at, row.ended_confirmed)
    if row.ended_after and row.ended_after != row.began_at:
        # So shortly before a beginning a page would have yielded to it; only a scan does not.
        is_short = row.ended_at - row.ended_after <= CLOCK_TOLERANCE
        is_scan = is_short and row.ended_by == FoundBy.MISSED
        yield ScanEvent(row.ended_after) if is_scan else Listed(row.ended_after)


def _of_present(last: Period | None, as_of: datetime) -> Iterator[Observation]:
    if last and not last.ended_at:
        if not last.began_at or as_of > last.began_at:
            yield Listed(as_of)
        return
    told_until = last and (last.ended_before if last.ended_confirmed else last.ended_at)
    if not told_until or as_of > told_until:
        yield Absent(as_of, as_of)
