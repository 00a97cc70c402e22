"""WeChat's own figures beside ours, and why they differ."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from followers.files.columns import WECHAT_COLUMNS
from followers.formats import join_sentences
from followers.models import OfficialAccount
from followers.statistics import figures
from followers.statistics.days import DayRange, first_day
from followers.statistics.knowledge import Knowledge, is_anything_known
from followers.statistics.wechat_days import (
    DayDifference,
    differences,
    explain_problem,
    is_comparable,
    wechat_days,
)

from ..shared.urls import people_url
from .by_period import labels
from .figure import Figure
from .scope import Scope
from .table import Table
from .words import KNOWLEDGE_SENTENCES, NUMBER_NAMES

# More lines would be more than a chart can show.
MAX_DAYS = 400
NUMBERS = ("joined", "left", "total")


def wechat_figure(scope: Scope) -> Figure:
    """Of one account: WeChat counts each by itself."""
    account = scope.account or (scope.counted[0] if len(scope.counted) == 1 else None)
    rows = _rows(account, scope) if account else []
    known = [row for row in rows if row.theirs and row.theirs.joined is not None]
    return Figure(
        key="wechat",
        title=_("WeChat's own figures"),
        meaning=_(
            "WeChat's statistics of a day (datacube), fetched every morning after 8:30, beside "
            "ours. The difference is ours minus WeChat's."
        ),
        table=_table(account, rows),
        scope=scope,
        chart=_chart(rows) if known else None,
        summary=_summary(known) if known else "",
        legend=[(f"wx-line-{place}", name) for place, name in enumerate(_series_names())]
        if known
        else [],
        notices=[*_problems(account), *(_reasons(account, rows) if known else [])],
        empty="" if known else _empty(account, scope),
    )


def _rows(account: OfficialAccount, scope: Scope) -> list[DayDifference]:
    ours = [
        row
        for row in figures.by_day([account], scope.days)
        if row.joined or row.left or is_anything_known([account], DayRange(row.date, row.date))
    ]
    return differences(ours, wechat_days(account, scope.days))


def _table(account: OfficialAccount | None, rows: list[DayDifference]) -> Table:
    newest, pk = rows[::-1], account.pk if account else None

    def link(row: int, name: str) -> str:
        day = DayRange(newest[row].date, newest[row].date)
        if name == "joined":
            return people_url(pk, began=day)
        return people_url(pk, ended=day) if name == "left" else ""

    cells = [
        (row.date, *(cell for name in NUMBERS for cell in _three(row, name))) for row in newest
    ]
    return Table(WECHAT_COLUMNS, cells, link)


def _three(row: DayDifference, name: str) -> tuple[int | None, int | None, int | None]:
    """Ours, WeChat's, and the difference."""
    return getattr(row.ours, name, None), getattr(row.theirs, name, None), getattr(row, name)


_SERIES = (("ours", "joined"), ("theirs", "joined"), ("ours", "left"), ("theirs", "left"))


def _series_names() -> list[str]:
    words = {"ours": _("%(number)s, ours"), "theirs": _("%(number)s, WeChat's")}
    return [words[who] % {"number": NUMBER_NAMES[name]} for who, name in _SERIES]


def _chart(rows: list[DayDifference]) -> dict[str, Any]:
    shown = rows[-MAX_DAYS:]
    return {
        "kind": "lines",
        "unit": "",
        "labels": labels([DayRange(row.date, row.date) for row in shown]),
        "series": [
            {
                "name": title,
                "values": [getattr(getattr(row, who), name, None) for row in shown],
            }
            for title, (who, name) in zip(_series_names(), _SERIES, strict=True)
        ],
    }


def _summary(known: list[DayDifference]) -> str:
    compared = [row for row in known if row.joined is not None]
    if not compared:
        return str(KNOWLEDGE_SENTENCES[Knowledge.UNKNOWN])
    same = sum(row.joined == row.left == 0 for row in compared)
    text = _("On %(same)d of %(number)d days, joined and left are the same as WeChat's.")
    return text % {"same": same, "number": len(compared)}


def _reasons(account: OfficialAccount | None, rows: list[DayDifference]) -> list[str]:
    found = [
        _(
            "Why they may differ: a leaving that a sync found counts on the day of that sync, and "
            "who came and left between two syncs is not seen at all, while WeChat counts both on "
            "their own day."
        )
    ]
    if account and any(not is_comparable(account, row.date) for row in rows):
        found.append(
            _(
                "WeChat's days are those of Beijing, and its first day is a whole one: the day of "
                "the first complete sync, and days in another time zone, cannot be compared."
            )
        )
    return found


def _problems(account: OfficialAccount | None) -> list[str]:
    """Why WeChat's figures cannot be fetched, or could not the last time."""
    if account and not account.app_secret:
        return [_("WeChat's figures cannot be fetched without the account's AppSecret.")]
    words = explain_problem(account) if account else None
    return [join_sentences(words.meaning, words.advice)] if words else []


def _empty(account: OfficialAccount | None, scope: Scope) -> str:
    if account is None:
        return _("Choose one account above the menu: WeChat counts each by itself.")
    baseline_day = first_day(account)
    if baseline_day is None or baseline_day > scope.days.last:
        # They are not fetched.
        return str(KNOWLEDGE_SENTENCES[Knowledge.BEFORE])
    return _("WeChat's figures of these days are not there yet. They are fetched every morning.")
