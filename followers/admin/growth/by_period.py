"""Joined and left as bars, the total as a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.files.columns import PAGE_DAY_COLUMNS, PAGE_PERIOD_COLUMNS
from followers.formats import join_sentences
from followers.models import OfficialAccount
from followers.statistics.days import DayRange, first_day
from followers.statistics.knowledge import Knowledge
from followers.statistics.meanings import MEANINGS
from followers.statistics.periods import By, PeriodRow, put_together

from ..shared.formats import format_number
from ..shared.urls import people_url
from .figure import Figure
from .known import why_nothing
from .scope import Scope
from .table import Table
from .words import KNOWLEDGE_NAMES, KNOWLEDGE_SENTENCES, NUMBER_NAMES, legend, names_of

# The worst first; a week is as well known as the worst of its days.
_WORST = (Knowledge.BEFORE, Knowledge.UNKNOWN, Knowledge.PARTIAL, Knowledge.UNSYNCED)
_EMPTY = (Knowledge.BEFORE, Knowledge.UNKNOWN)
# An account, and its first day.
_Beginning = tuple[OfficialAccount, date]


@dataclass(frozen=True)
class _Shown:
    """joined, left, net: None instead of 0 where nothing is known."""

    days: DayRange
    joined: int | None
    left: int | None
    net: int | None
    total: int | None
    state: Knowledge
    remark: str
    is_noted: bool


def by_period_figure(scope: Scope) -> Figure:
    periods, begun = put_together(scope.rows, scope.by), _beginnings(scope)
    shown = [_shown(scope, it, begun) for it in periods]
    states = {it.state for it in shown}
    return Figure(
        key="growth",
        title=_("Joined, left and total"),
        meaning=_meaning(),
        table=_table(scope, shown),
        scope=scope,
        chart=_chart(shown),
        summary=why_nothing(scope, _summary(periods)),
        notices=[str(KNOWLEDGE_SENTENCES[it]) for it in reversed(_WORST) if it in states],
        legend=_legend(states),
    )


def _meaning() -> str:
    both = join_sentences(str(MEANINGS["joined"]), str(MEANINGS["left"]))
    whole = join_sentences(both, str(MEANINGS["total"]))
    return join_sentences(
        whole, _("Somebody's leaving counts on the day of the sync that found it.")
    )


def _state(scope: Scope, days: DayRange) -> Knowledge:
    """UNKNOWN and BEFORE only where nothing at all is known."""
    found = {scope.knowledge[day] for day in days}
    if len(found) > 1 and found & {Knowledge.UNKNOWN, Knowledge.BEFORE}:
        return Knowledge.PARTIAL
    return next((it for it in _WORST if it in found), Knowledge.COMPLETE)


def _shown(scope: Scope, period: PeriodRow, begun: Iterable[_Beginning]) -> _Shown:
    days, state = period.days, _state(scope, period.days)
    texts = [note.text for note in scope.notes if days.first <= note.day <= days.last]
    begins = [account for account, day in begun if days.first <= day <= days.last]
    numbers = (period.joined, period.left, period.net)
    joined, left, net = (it if it or state not in _EMPTY else None for it in numbers)
    remarks = [str(KNOWLEDGE_NAMES[state])]
    if begins:
        remarks.append(_("from here on with %(account)s") % {"account": names_of(begins)})
    return _Shown(
        days,
        joined,
        left,
        net,
        None if state == Knowledge.UNKNOWN else period.total,
        state,
        _("; ").join(filter(None, [*remarks, *texts])),
        bool(texts),
    )


def _beginnings(scope: Scope) -> list[_Beginning]:
    """Accounts that came to those known already, with their first days: the total jumps there."""
    firsts = [(it, day) for it in scope.counted if (day := first_day(it))]
    earliest = min((day for _account, day in firsts), default=None)
    return [(it, day) for it, day in firsts if day != earliest]


def _table(scope: Scope, shown: Sequence[_Shown]) -> Table:
    # The newest first: it is what one looks for.
    newest, is_daily = shown[::-1], scope.by == By.DAY
    rows = [
        (
            *((it.days.first,) if is_daily else (it.days.first, it.days.last)),
            *(it.joined, it.left, it.net, it.total, it.remark),
        )
        for it in newest
    ]
    account = scope.account.pk if scope.account else None

    def link(row: int, name: str) -> str:
        days = newest[row].days
        if name == "joined":
            return people_url(account, began=days)
        return people_url(account, ended=days) if name == "left" else ""

    return Table(PAGE_DAY_COLUMNS if is_daily else PAGE_PERIOD_COLUMNS, rows, link)


def _chart(shown: Sequence[_Shown]) -> dict[str, Any]:
    return {
        "kind": "growth",
        "labels": labels([it.days for it in shown]),
        "joined": [it.joined for it in shown],
        "left": [None if it.left is None else -it.left for it in shown],
        "total": [it.total for it in shown],
        "states": [str(it.state) for it in shown],
        "remarks": [it.remark for it in shown],
        "noted": [it.is_noted for it in shown],
        "names": {name: str(text) for name, text in NUMBER_NAMES.items()},
    }


def labels(parts: Sequence[DayRange]) -> list[str]:
    """As short as an axis needs them; ISO, like every date of ours."""
    has_years = bool(parts) and parts[0].first.year != parts[-1].last.year
    form = "%y-%m-%d" if has_years else "%m-%d"
    return [
        f"{it.first:{form}}" if len(it) == 1 else f"{it.first:{form}} – {it.last:%m-%d}"
        for it in parts
    ]


def _legend(states: set[Knowledge]) -> list[tuple[str, str]]:
    found = legend(joined="wx-joined", left="wx-left", total="wx-total-line")
    if {Knowledge.PARTIAL, Knowledge.UNSYNCED} & states:
        found.append(("wx-hatched", _("not complete, or no sync")))
    if states.intersection(_EMPTY):
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
