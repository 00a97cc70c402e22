"""Everything known of one follower, folded into periods: from when to when they followed.

`fold` is a function of a set: in which order news arrive, and how often, changes nothing. It
follows six rules, each said where it is kept:

1. exact times among themselves     `in_order`
2. our clock yields to exact times  `is_explained`, `is_overruled`
3. absences                         `is_overruled`, `date_of`
4. profiles                         `add_profile`, `certain_since`, `date_of`
5. what was missed                  `Timeline.begin`, `Timeline.leave` (timeline.py)
6. the present                      `status_of`, `observations_of` (periods.py)
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

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
from .periods import FoundBy, Period
from .timeline import Timeline

# What happens at one moment, in the order of a life. Who follows by then enters it at SCANS.
ABSENT, BEGINS, SCANS, SEEN, LEAVES = range(5)

# Every exact time, ascending, and what happened then: BEGINS, SCANS or LEAVES.
Exact = list[tuple[datetime, int]]
# A moment, what happens then, the method of Timeline that takes it in, and its arguments.
Step = tuple[datetime, int, Callable[..., None], tuple[Any, ...]]

_ABSENCE_ORDER = attrgetter("start", "end", "confirmed")
_EVENT_ORDER = attrgetter("at", "source", "scene")
_PROFILE_ORDER = attrgetter("asked_at", "followed_since", "source", "scene")


class Beginning(NamedTuple):
    by: FoundBy
    source: str = ""
    scene: str = ""


def fold(observations: Iterable[Observation], baseline: datetime | None) -> tuple[Period, ...]:
    """One follower's periods, in order, none overlapping; () if nothing is known of them.

    baseline: the end of the account's first complete list, None until there is one. Somebody of
    the baseline who never left has a row as well, begun before it: the caller need not store it.
    """
    known = Known(observations, baseline)
    vouched = read_profiles(known)
    exact = known.exact()
    seen = [at for at in known.seen if not is_explained(at, exact)]
    timeline = Timeline(baseline)
    steps: list[Step] = [(at, BEGINS, timeline.begin, it) for at, it in known.beginnings.items()]
    steps += [(at, SCANS, timeline.see, (FoundBy.MISSED,)) for at in known.scans]
    steps += [(at, SEEN, timeline.see, (FoundBy.SYNC,)) for at in seen]
    steps += [(at, LEAVES, timeline.leave, ()) for at in known.leavings]
    if known.absences:
        follows = [*known.beginnings, *known.scans, *seen]
        for absence in known.absences:
            dated = date_of(absence, exact, follows, known.leavings, vouched)
            if dated:
                steps.append((dated, ABSENT, timeline.miss, (absence,)))
    for at, _, take_in, arguments in in_order(steps, timeline):
        take_in(at, *arguments)
    return timeline.periods()


class Known:
    """The observations by kind. Where their order could matter, it is not that of their arrival."""

    def __init__(self, observations: Iterable[Observation], baseline: datetime | None) -> None:
        kinds: defaultdict[type, list[Any]] = defaultdict(list)
        for observation in observations:
            kinds[type(observation)].append(observation)
        self.profiles: list[Profile] = sorted(kinds[Profile], key=_PROFILE_ORDER)
        self.absences: list[Absent] = sorted(kinds[Absent], key=_ABSENCE_ORDER)
        self.leavings: set[datetime] = {event.at for event in kinds[UnsubscribeEvent]}
        self.scans: set[datetime] = {event.at for event in kinds[ScanEvent]}
        self.beginnings = {
            event.at: Beginning(FoundBy.EVENT, event.source, event.scene)
            for event in sorted(kinds[SubscribeEvent], key=_EVENT_ORDER)
        }
        self.seen: set[datetime] = {listed.at for listed in kinds[Listed]}
        self.seen.update(profile.asked_at for profile in self.profiles)
        self.seen.update(min(it.at, baseline or it.at) for it in kinds[Baseline])

    def exact(self) -> Exact:
        exact = [(at, BEGINS) for at in self.beginnings]
        exact += [(at, SCANS) for at in self.scans]
        exact += [(at, LEAVES) for at in self.leavings]
        exact.sort()
        return exact


def in_order(steps: list[Step], timeline: Timeline) -> Iterator[Step]:
    """Rule 1: exact times are never doubted against each other, however close they are.

    CreateTime has whole seconds. What happens at one moment goes in the order that needs nothing
    missed: whoever follows leaves before they begin again.
    """
    steps.sort(key=itemgetter(0, 1))
    for _, group in groupby(steps, key=itemgetter(0)):
        same = list(group)
        if len(same) > 1 and timeline.follows:
            same.sort(key=lambda step: (step[1] - SCANS) % 5)
        yield from same


def is_explained(seen_at: datetime, exact: Exact) -> bool:
    """Rule 2: what a page or a profile says yields to exact times within a minute.

    Whoever is seen just after they left or just before they begin was seen while they followed.
    """
    place = bisect_left(exact, (seen_at, ABSENT))
    before = exact[place - 1] if place else None
    after = exact[place] if place < len(exact) else None
    if before and before[1] == LEAVES and seen_at - before[0] <= CLOCK_TOLERANCE:
        return True
    return bool(after and after[1] == BEGINS and after[0] - seen_at <= CLOCK_TOLERANCE)


def is_overruled(
    absence: Absent, exact: Exact, vouched: Collection[tuple[datetime, datetime]] = ()
) -> bool:
    """Rules 2 and 3: an absence yields to exact times within it, give or take a minute.

    A list may have passed their place before they began. Where WeChat was asked, only what happens
    within a minute of the asking can contradict. An unsubscribe just after it is that leaving. And
    a beginning that a profile told before the absence is older than it, by our clock alone.
    """
    told_of = absence.end if absence.confirmed else absence.start
    older = {since for since, asked_at in vouched if asked_at <= told_of}
    earliest = (absence.end if absence.confirmed else absence.start) - CLOCK_TOLERANCE
    latest = absence.end + CLOCK_TOLERANCE
    following = None
    for at, what in exact:
        if earliest <= at <= latest:
            if what == SCANS or (what == BEGINS and at < absence.end and at not in older):
                return True
            if at >= absence.end and following is None:
                following = what
    return following == LEAVES


def date_of(
    absence: Absent,
    exact: Exact,
    follows: Collection[datetime],
    leavings: Collection[datetime],
    vouched: Collection[tuple[datetime, datetime]],
) -> datetime | None:
    """Rule 3: an absence is dated by the walk's start, None if it tells of no leaving of its own.

    Where something is known to have happened since, a list proves nothing, and the asking counts.
    An unsubscribe within it is that leaving: at the asking, nobody is left to leave.
    Rule 4: a list that misses somebody who has followed all the time, as a profile says, is wrong.
    """
    start, end = absence.start, absence.end
    if is_overruled(absence, exact, vouched):
        return None
    changed = any(start <= at < end for at in follows) or any(start <= at <= end for at in leavings)
    if absence.confirmed:
        return end if changed else start
    if changed or any(since < start and end <= asked for since, asked in vouched):
        return None
    return start


def read_profiles(known: Known) -> list[tuple[datetime, datetime]]:
    """From when to when each profile says that they followed; beginnings are added to `known`."""
    if not known.profiles:
        return []
    exact = known.exact()
    certain = [it.end for it in known.absences if it.confirmed and not is_overruled(it, exact)]
    return [(add_profile(profile, known, certain), profile.asked_at) for profile in known.profiles]


def add_profile(profile: Profile, known: Known, certain: list[datetime]) -> datetime:
    """Rule 4: they have followed since then, the result. It is a beginning unless one is known.

    Within a minute of a subscribe event it is that event; the profile adds source and scene.
    """
    since = certain_since(profile, known.leavings, certain)
    if since > profile.followed_since:
        until = profile.asked_at + CLOCK_TOLERANCE
        if any(since <= at <= until for at in known.beginnings):
            return since
    else:
        since = nearest_event(since, known) or since
    found = known.beginnings.get(since) or Beginning(FoundBy.PROFILE)
    known.beginnings[since] = Beginning(
        found.by, found.source or profile.source, found.scene or profile.scene
    )
    return since


def certain_since(
    profile: Profile, leavings: Iterable[datetime], certain: Iterable[datetime]
) -> datetime:
    """Rule 4: the profile's beginning, or the last moment after it at which they did not follow.

    That is an unsubscribe event or an absence that WeChat confirmed.
    """
    since, asked_at = profile.followed_since, profile.asked_at
    absent = [at for at in leavings if since < at < asked_at - CLOCK_TOLERANCE]
    absent += [at for at in certain if since + CLOCK_TOLERANCE < at < asked_at]
    return max(absent, default=since)


def nearest_event(since: datetime, known: Known) -> datetime | None:
    """The subscribe event within a minute, unless they left between the two."""
    near = [
        at
        for at, beginning in known.beginnings.items()
        if beginning.by == FoundBy.EVENT
        and abs(at - since) <= CLOCK_TOLERANCE
        and not any(at < left <= since or since <= left < at for left in known.leavings)
    ]
    return min(near, key=lambda at: (abs(at - since), at), default=None)
