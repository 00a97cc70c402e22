"""Who stayed: of those who joined in a week or a month, or by a channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from followers.files.columns import (
    ACCOUNT_NAME,
    FIRST_DAY,
    LAST_DAY,
    PAGE_CHANNEL_COLUMNS,
    RETENTION_COLUMNS,
    RETENTION_COUNTS,
)
from followers.history.figures import WITHIN_DAYS
from followers.statistics.meanings import MEANINGS
from followers.statistics.periods import By
from followers.statistics.retention import Stayed, retention, retention_by_channel

from ..shared.formats import format_number
from ..shared.urls import people_url
from .by_period import labels
from .figure import Figure
from .known import shown, why_nothing
from .scope import Scope
from .table import Table

After = Mapping[int, Stayed]


def retention_figure(scope: Scope) -> Figure:
    """By week, or by month where the scope asks for months."""
    by = By.MONTH if scope.by == By.MONTH else By.WEEK
    cohorts = retention(scope.counted, scope.days, by)
    newest = cohorts[::-1]
    rows = [
        (
            *(it.days.first, it.days.last),
            shown(it.joined, scope.counted, it.days),
            *_cells(it.after),
        )
        for it in newest
    ]
    account = scope.account.pk if scope.account else None

    def link(row: int, name: str) -> str:
        days = newest[row].days
        return people_url(account, began=days) if name == "joined" else ""

    columns = (FIRST_DAY, LAST_DAY, *RETENTION_COLUMNS)
    return Figure(
        key="retention",
        title=_("Retention by month") if by == By.MONTH else _("Retention by week"),
        meaning=str(MEANINGS["stayed"]),
        table=_table(columns, rows, [it.after for it in newest], link),
        scope=scope,
        chart={
            "kind": "lines",
            "unit": "%",
            "labels": labels([it.days for it in cohorts]),
            "series": [
                {
                    "name": _after_name(number),
                    "values": [_percent(it.after[number].rate) for it in cohorts],
                }
                for number in WITHIN_DAYS
            ],
        },
        summary=_summary([it.after for it in cohorts]),
        empty=""
        if any(it.joined for it in cohorts)
        else why_nothing(scope, _("Nobody joined in this period.")),
        legend=[(f"wx-line-{place}", _after_name(it)) for place, it in enumerate(WITHIN_DAYS)],
    )


def channel_retention_figure(scope: Scope, limit: int | None = None) -> Figure:
    cohorts = retention_by_channel(scope.counted, scope.days, limit)
    accounts = {account.pk: account.name for account in scope.accounts}
    several = len(scope.counted) > 1
    rows = []
    for it in cohorts:
        row = (it.channel or it.scene, it.group, it.scene, it.joined, *_cells(it.after))
        rows.append((accounts[it.account_id], *row) if several else row)

    def link(row: int, name: str) -> str:
        it, days = cohorts[row], scope.days
        return people_url(it.account_id, began=days, scene=it.scene) if name == "joined" else ""

    columns = ((ACCOUNT_NAME,) * several) + PAGE_CHANNEL_COLUMNS[:3] + RETENTION_COLUMNS
    return Figure(
        key="channel-retention",
        title=_("Retention by channel"),
        meaning=str(MEANINGS["stayed"]),
        table=_table(columns, rows, [it.after for it in cohorts], link),
        scope=scope,
        empty=""
        if rows
        else why_nothing(scope, _("Nobody came by a QR code with a parameter in this period.")),
    )


def _cells(after: After) -> list[Any]:
    """For each number of days: the share, how many stayed, and of how many; nothing of nobody."""
    return [
        cell if it.joined else None
        for it in after.values()
        for cell in (it.rate, it.stayed, it.joined)
    ]


def _table(
    columns: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    afters: Sequence[After],
    link: Callable[[int, str], str],
) -> Table:
    def stayed(row: int, name: str) -> Stayed | None:
        number = name.removeprefix("rate_")
        return afters[row][int(number)] if number.isdecimal() else None

    def sub(row: int, name: str) -> str:
        it = stayed(row, name)
        if it is None or not it.joined:
            return ""
        return f"{format_number(it.stayed)} / {format_number(it.joined)}"

    def heat(row: int, name: str) -> float | None:
        it = stayed(row, name)
        return it.rate if it else None

    return Table(columns, rows, link, sub, heat, RETENTION_COUNTS)


def _after_name(number: int) -> str:
    return _("after %(number)d d") % {"number": number}


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)


def _summary(afters: Sequence[After]) -> str:
    """The share of the whole period, by number of days."""
    parts = []
    for number in WITHIN_DAYS:
        joined = sum(it[number].joined for it in afters)
        if joined:
            stayed = sum(it[number].stayed for it in afters)
            parts.append(f"{_after_name(number)}: {stayed / joined:.1%}")
    return _(", ").join(parts)
