"""Yesterday's four numbers, each beside earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from followers.statistics.comparison import (
    AVERAGED_DAYS,
    Comparison,
    compare,
    days_to_compare,
)
from followers.statistics.days import DayRange, first_day
from followers.statistics.figures import DayRow
from followers.statistics.knowledge import Knowledge, is_anything_known
from followers.statistics.meanings import MEANINGS

from ..shared.formats import format_number
from ..shared.urls import people_url
from .scope import Scope
from .words import NUMBER_NAMES


@dataclass(frozen=True)
class Difference:
    """look: "wx-up" or "wx-down" where that is good or bad news, "" where it is neither."""

    text: str
    words: str
    look: str = ""


@dataclass(frozen=True)
class Tile:
    title: str
    value: str
    meaning: str
    url: str
    differences: list[Difference]


def tiles(
    scope: Scope, day: date, rows: Sequence[DayRow], states: dict[date, Knowledge]
) -> list[Tile]:
    """rows and states: of `days_to_compare(day)` at least."""
    # From the last account's first day on: before it, fewer accounts were counted.
    begun = max(filter(None, map(first_day, scope.counted)))
    whole = {it for it in days_to_compare(day) if it > begun and states.get(it) in _COMPARED}
    compared = compare(rows, day, whole)
    is_known = is_anything_known(scope.counted, DayRange(day, day))
    account = scope.account.pk if scope.account else None
    urls = {
        "joined": people_url(account, began=DayRange(day, day)),
        "left": people_url(account, ended=DayRange(day, day)),
        "net": "",
        # The list is of those who follow now.
        "total": "",
    }
    return [
        _tile(str(NUMBER_NAMES[name]), urls[name], name, compared[name], is_known=is_known)
        for name in urls
    ]


_COMPARED = (Knowledge.COMPLETE, Knowledge.UNSYNCED)


def _tile(title: str, url: str, name: str, numbers: Comparison, *, is_known: bool) -> Tile:
    value = numbers.value
    if name != "total" and not value and not is_known:
        value = None
    text = "–" if value is None else format_number(value)
    if name == "net" and value:
        text = f"{value:+,}"
    differences = [] if value is None else list(_differences(name, value, numbers))
    return Tile(title, text, str(MEANINGS[name]), url if value else "", differences)


def _differences(name: str, value: int, numbers: Comparison) -> list[Difference]:
    last = _("compared with the average of the %(number)d days before")
    if name == "total":
        last = _("compared with %(number)d days before")
    pairs = (
        (numbers.day_before, _("compared with the day before")),
        (numbers.week_before, _("compared with the same weekday of the week before")),
        (numbers.average, last % {"number": AVERAGED_DAYS}),
    )
    return [_difference(name, value, other, words) for other, words in pairs if other is not None]


def _difference(name: str, value: int, other: float, words: str) -> Difference:
    by = round(value - other)
    if by == 0:
        return Difference("±0", words)
    percent = f" ({(value - other) / other:+.0%})" if other > 0 and name != "net" else ""
    is_good = (by > 0) != (name == "left")
    return Difference(f"{by:+,}{percent}", words, "wx-up" if is_good else "wx-down")
