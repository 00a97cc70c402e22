"""Joined and left as bars, the total as a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.files.columns import PAGE_DAY_COLUMNS, PAGE_PERIOD_COLUMNS
from followers.formats import join_sentences
from followers.statistics.days import DayRange, first_day
from followers.statistics.knowledge import Knowledge
from followers.statistics.meanings import MEANINGS
from followers.statistics.periods import By, PeriodRow, put_together

from ..shared.formats import format_number
from ..shared.urls import people_url
from .figure import Figure
from .scope import Scope
from .table import Table
from .words import KNOWLEDGE_NAMES, KNOWLEDGE_SENTENCES, NUMBER_NAMES, legend

# The worst first; a week is as well known as the worst of its days.
_WORST = (Knowledge.BEFORE, Knowledge.UNKNOWN, Knowledge.PARTIAL, Knowledge.UNSYNCED)
_EMPTY = (Knowledge.BEFORE, Knowledge.UNKNOWN)


def by_period_figure(scope: Scope) -> Figure:
    periods = put_together(scope.rows, scope.by)
    states = [_state(scope, it.days) for it in periods]
    remarks = list(_remarks(scope, periods, states))
    return Figure(
        key="growth",
        title=_("Joined, left and total"),
        meaning=_meaning(),
        table=_table(scope, periods, states, remarks),
        scope=scope,
        chart=_chart(scope, periods, states, remarks),
        summary=_summary(periods),
        notices=[str(KNOWLEDGE_SENTENCES[it]) for it in reversed(_WORST) if it in states],
        legend=_legend(states),
    )


def _meaning() -> str:
    both = join_sentences(str(MEANINGS["joined"]), str(MEANINGS["left"]))
    return join_sentences(both, str(MEANINGS["total"]))


def _state(scope: Scope, days: DayRange) -> Knowledge:
    """UNKNOWN and BEFORE only where nothing at all is known."""
    found = {scope.knowledge[day] for day in days}
    if len(found) > 1 and found & {Knowledge.UNKNOWN, Knowledge.BEFORE}:
        return Knowledge.PARTIAL
    return next((it for it in _WORST if it in found), Knowledge.COMPLETE)


def shown(value: int, state: Knowledge) -> int | None:
    """None for nothing at a time of which nothing is known: that is no zero."""
    return None if state in _EMPTY and not value else value


def _table(
    scope: Scope,
    periods: Sequence[PeriodRow],
    states: Sequence[Knowledge],
    remarks: Sequence[str],
) -> Table:
    is_daily = scope.by == By.DAY
    rows = [
        (
            *((it.days.first,) if is_daily else (it.days.first, it.days.last)),
            *(shown(number, state) for number in (it.joined, it.left, it.net)),
            it.total,
            remark,
        )
        for it, state, remark in zip(periods, states, remarks, strict=True)
    ]
    # The newest first: it is what one looks for.
    newest = [it.days for it in periods][::-1]
    account = scope.account.pk if scope.account else None

    def link(row: int, name: str) -> str:
        days = newest[row]
        if name == "joined":
            return people_url(account, began=days)
        return people_url(account, ended=days) if name == "left" else ""

    return Table(PAGE_DAY_COLUMNS if is_daily else PAGE_PERIOD_COLUMNS, rows[::-1], link)


def _remarks(
    scope: Scope, periods: Iterable[PeriodRow], states: Iterable[Knowledge]
) -> Iterator[str]:
    """Of each period; "" for most of them."""
    beginnings = _beginnings(scope)
    for it, state in zip(periods, states, strict=True):
        days = it.days
        begun = [account.name for account, day in beginnings if days.first <= day <= days.last]
        parts = [str(KNOWLEDGE_NAMES[state])]
        parts += [_("from here on with %(account)s") % {"account": name} for name in begun]
        parts += [note.text for note in scope.notes if days.first <= note.day <= days.last]
        yield _("; ").join(filter(None, parts))


def _beginnings(scope: Scope) -> list[tuple[Any, date]]:
    """Accounts that came to those known already, with their first days: the total jumps there."""
    firsts = [(it, day) for it in scope.counted if (day := first_day(it))]
    earliest = min((day for _account, day in firsts), default=None)
    return [(it, day) for it, day in firsts if day != earliest]


def _chart(
    scope: Scope,
    periods: Sequence[PeriodRow],
    states: Sequence[Knowledge],
    remarks: Sequence[str],
) -> dict[str, Any]:
    both = list(zip(periods, states, strict=True))
    return {
        "kind": "growth",
        "labels": [label(it.days) for it in periods],
        "joined": [shown(it.joined, state) for it, state in both],
        "left": [shown(-it.left, state) for it, state in both],
        "total": [it.total for it in periods],
        "states": [str(it) for it in states],
        "remarks": list(remarks),
        "noted": [
            any(it.days.first <= note.day <= it.days.last for note in scope.notes) for it in periods
        ],
        "names": {name: str(text) for name, text in NUMBER_NAMES.items()},
    }


def label(days: DayRange) -> str:
    """As short as an axis needs it; ISO, like every date of ours."""
    first = f"{days.first:%m-%d}"
    return first if days.first == days.last else f"{first} – {days.last:%m-%d}"


def _legend(states: Sequence[Knowledge]) -> list[tuple[str, str]]:
    found = legend(joined="wx-joined", left="wx-left", total="wx-total-line")
    if {Knowledge.PARTIAL, Knowledge.UNSYNCED} & set(states):
        found.append(("wx-hatched", _("not complete, or no sync")))
    if set(_EMPTY) & set(states):
        found.append(("wx-nothing", _("nothing known")))
    return found


def _summary(periods: Sequence[PeriodRow]) -> str:
    joined, left = sum(it.joined for it in periods), sum(it.left for it in periods)
    text = ngettext(
        "%(joined)s joined and %(left)s left in %(number)d period.",
        "%(joined)s joined and %(left)s left in %(number)d periods.",
        len(periods),
    )
    numbers = {"joined": format_number(joined), "left": format_number(left)}
    return text % {**numbers, "number": len(periods)}
