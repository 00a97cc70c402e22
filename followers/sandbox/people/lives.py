"""When people followed and left: periods of following, and invented ones before the start.

Nothing is stored, so the lives of millions take no memory; the same seed and time give the same
lives.
"""

import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from .profiles import HOSTILE, QR_CODE, QR_SCENES, SCENES, HashedRandom, qr_scene, time_before

_DAY = 86_400
_BEIJING_OFFSET = 8 * 3600
# The days before the start on which most people came.
_DAY_COUNT = 730
# Of a hundred people; the first period of some began before these days.
_PERIOD_COUNTS = [1] * 67 + [2] * 25 + [3] * 6 + [4] * 2
_EARLY_PERCENT = 45
# Monday to Sunday; by the hour in Beijing.
_WEEKDAY_WEIGHTS = [10, 10, 10, 11, 12, 15, 14]
_HOUR_WEIGHTS = [4, 2, 1, 1, 1, 1, 2, 4, 6, 8, 8, 8, 9, 8, 7, 7, 8, 8, 9, 10, 11, 11, 9, 7]
_HOURS = [hour for hour, weight in enumerate(_HOUR_WEIGHTS) for _ in range(weight)]
# A campaign is one day on which one QR code brings many people, few of whom stay.
_CAMPAIGN_COUNT, _CAMPAIGN_PERCENT = 5, 12
# At most so many days between following and leaving, for ten people each.
_STAYS = [1] * 3 + [30] * 3 + [730] * 4
_CAMPAIGN_STAYS = [1] * 4 + [7] * 5 + [730]
ORIGIN_FIELDS = ("subscribe_scene", "qr_scene", "qr_scene_str")
_NUMERIC_SCENES = {str(scene) for scene in QR_SCENES if isinstance(scene, int)}


@dataclass(frozen=True, slots=True)
class Period:
    """One period of following, in unix seconds; `ended` is None while it lasts.

    `source` is what the API calls `subscribe_scene`; `scene` is the text or number of the QR code,
    "" without one.
    """

    began: float
    ended: float | None
    source: str
    scene: str


@dataclass(frozen=True, slots=True)
class Event:
    """`joined`, `left` or `returned`; `origin`: the fields unlike those of the first profile."""

    name: str
    time: float
    origin: dict[str, Any]


@dataclass(frozen=True)
class _Arrival:
    """Somebody follows and stays so many seconds, or `share` of the time there is, if shorter."""

    began: int
    source: str
    scene: str
    stay: int
    share: float

    def leaves_at(self, limit: int) -> int:
        """After `began` and not after `limit`."""
        return self.began + max(1, min(self.stay, int((limit - self.began) * self.share)))


class LifeGenerator:
    """All periods lie before `until` (unix seconds), on whole days of Beijing."""

    def __init__(self, seed: str, until: float, *, hostile: bool = False) -> None:
        self._seed, self._hostile = seed, hostile
        end_day = int(until + _BEIJING_OFFSET) // _DAY
        self._end = end_day * _DAY - _BEIJING_OFFSET
        self._first = self._end - _DAY_COUNT * _DAY
        weights = (_day_weight(day, end_day) for day in range(_DAY_COUNT))
        self._day_weights = list(accumulate(weights))
        rng = random.Random(f"campaigns:{seed}")  # noqa: S311
        days = rng.sample(range(_DAY_COUNT - 7), _CAMPAIGN_COUNT)
        scenes = rng.sample(QR_SCENES, _CAMPAIGN_COUNT)
        self._campaigns = list(zip(days, map(str, scenes), strict=True))

    def campaigns(self) -> list[tuple[int, str]]:
        """The midnight in Beijing (unix seconds) with which each one begins, and its QR scene."""
        return [(self._first + day * _DAY, scene) for day, scene in self._campaigns]

    def generate(self, slot: int, *, follows: bool) -> list[Period]:
        """All periods in order, of one who follows at the start or of one who has left."""
        rng = HashedRandom(f"life:{self._seed}:{slot}")
        count = _PERIOD_COUNTS[rng.randrange(100)]
        is_early = rng.randrange(100) < _EARLY_PERCENT
        arrivals = [
            self._arrival(slot, number, is_early=is_early and number == 0)
            for number in range(count)
        ]
        # Nobody follows twice in the same second.
        ordered = sorted({one.began: one for one in arrivals}.items())
        limits = [later for (_, _), (later, _) in pairwise(ordered)] + [self._end]
        periods = [
            Period(began, one.leaves_at(limit), one.source, one.scene)
            for (began, one), limit in zip(ordered, limits, strict=True)
        ]
        if follows:
            last = periods.pop()
            periods.append(Period(last.began, None, last.source, last.scene))
        return periods

    def new_origin(self, slot: int, number: int) -> tuple[str, str]:
        """Source and scene of one who follows after the start, after so many events of theirs."""
        return self._origin(HashedRandom(f"origin:{self._seed}:{slot}:{number}"))

    def _arrival(self, slot: int, number: int, *, is_early: bool) -> _Arrival:
        rng = HashedRandom(f"arrival:{self._seed}:{slot}:{number}")
        if is_early:
            began = time_before(rng, self._first)
        elif rng.randrange(100) < _CAMPAIGN_PERCENT:
            day, scene = self._campaigns[rng.randrange(_CAMPAIGN_COUNT)]
            stay, share = _draw_stay(rng, _CAMPAIGN_STAYS)
            return _Arrival(self._time_on(day, rng), QR_CODE, scene, stay, share)
        else:
            day = bisect(self._day_weights, self._day_weights[-1] * rng.random())
            began = self._time_on(day, rng)
        return _Arrival(began, *self._origin(rng), *_draw_stay(rng, _STAYS))

    def _time_on(self, day: int, rng: HashedRandom) -> int:
        hour = _HOURS[rng.randrange(len(_HOURS))]
        return self._first + day * _DAY + hour * 3600 + rng.randrange(3600)

    def _origin(self, rng: HashedRandom) -> tuple[str, str]:
        source = SCENES[rng.randrange(len(SCENES))]
        if source != QR_CODE:
            return source, ""
        number, text = qr_scene(rng)
        if text and self._hostile and rng.randrange(100) < 3:
            text = HOSTILE[rng.randrange(len(HOSTILE))][:64]
        return source, str(number) if number else text


def _day_weight(day: int, end_day: int) -> float:
    """More people come as the account grows, and at weekends."""
    # Day 0, the first of 1970, was a Thursday.
    weekday = (end_day - _DAY_COUNT + day + 3) % 7
    return _WEEKDAY_WEIGHTS[weekday] * (1 + 1.5 * day / _DAY_COUNT)


def _draw_stay(rng: HashedRandom, most_days: list[int]) -> tuple[int, float]:
    limit = most_days[rng.randrange(len(most_days))] * _DAY
    return int(limit * rng.random() ** 2), rng.random()


def origin_fields(source: str, scene: str) -> dict[str, Any]:
    """The fields of a profile that say how somebody came."""
    is_number = scene in _NUMERIC_SCENES
    number, text = (int(scene), "") if is_number else (0, scene)
    return dict(zip(ORIGIN_FIELDS, (source, number, text), strict=True))


def open_period(began: float, fields: Mapping[str, Any]) -> Period:
    """A period that lasts, of one who came as these fields of a profile say."""
    source, number, text = (fields[name] for name in ORIGIN_FIELDS)
    return Period(began, None, source, str(number) if number else text)
