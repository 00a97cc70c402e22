"""The figures of a period by source, by channel and by account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followers.files.columns import (
    ACCOUNT_NAME,
    PAGE_ACCOUNT_COLUMNS,
    PAGE_CHANNEL_COLUMNS,
    SOURCE_COLUMNS,
)
from followers.formats import join_sentences
from followers.models import OfficialAccount
from followers.statistics import figures
from followers.statistics.days import DayRange
from followers.statistics.meanings import MEANINGS

from ..shared.urls import people_url
from .figure import Figure
from .known import shown, why_nothing
from .scope import Scope
from .table import Table
from .words import NUMBER_NAMES, legend, source_label

BEST_CHANNELS = 10
# WeChat has some fifteen; a chart of more could not be read.
CHARTED_SOURCES = 15
CHARTED_ACCOUNTS = 20
NOTHING = gettext_noop("Nobody joined or left in this period.")


def sources_figure(scope: Scope) -> Figure:
    rows = scope.origins.sources
    names = [source_label(row.source) for row in rows]
    cells = [(name, *row[1:]) for name, row in zip(names, rows, strict=True)]

    def link(row: int, name: str) -> str:
        return _people(scope, name, source=rows[row].source)

    most = slice(CHARTED_SOURCES)
    return Figure(
        key="sources",
        title=_("By source"),
        meaning=_(
            "The source is WeChat's word for how somebody came. Those who left count under the "
            "source of their own beginning. Without their profile, a source is unknown."
        ),
        table=Table(SOURCE_COLUMNS, cells, link),
        scope=scope,
        chart=_bars(
            names[most],
            ("joined", "joined", [row.joined for row in rows[most]]),
            ("left", "left", [row.left for row in rows[most]]),
        ),
        summary=_largest(names, [row.joined for row in rows]),
        empty="" if rows else why_nothing(scope, _(NOTHING)),
        legend=legend(joined="wx-joined", left="wx-left"),
    )


def channels_figure(scope: Scope, limit: int | None = BEST_CHANNELS) -> Figure:
    """limit: at most CHANNEL_LIMIT, None for all; the chart has the best ones in any case."""
    counted, days = scope.counted, scope.days
    found = scope.origins.channels[:limit] if limit else figures.channels(counted, days)
    accounts = {account.pk: account.name for account in scope.accounts}
    several = len(scope.counted) > 1
    cells = []
    for pk, it in found:
        share = it.staying / it.joined if it.joined else None
        row = (it.channel or it.scene, it.group, it.scene, it.joined, it.staying, share, it.left)
        cells.append((accounts[pk], *row) if several else row)

    def link(row: int, name: str) -> str:
        pk, it = found[row]
        return _people(scope, name, account=pk, scene=it.scene)

    best = [it for _pk, it in found if it.joined][:BEST_CHANNELS]
    names = [_channel_name(it, accounts[pk] if several else "") for pk, it in found if it.joined]
    return Figure(
        key="channels",
        title=_("The best channels") if limit == BEST_CHANNELS else _("By channel"),
        meaning=join_sentences(
            _("Subscriptions that began with a QR code of the channel."), str(MEANINGS["staying"])
        ),
        table=Table((ACCOUNT_NAME,) * several + PAGE_CHANNEL_COLUMNS, cells, link),
        scope=scope,
        chart=_bars(
            names[:BEST_CHANNELS],
            ("staying", "joined", [it.staying for it in best]),
            ("gone", "gone", [it.joined - it.staying for it in best]),
            stacked=True,
        )
        if best
        else None,
        summary=_largest(names, [it.joined for it in best]),
        empty=""
        if found
        else why_nothing(
            scope,
            _(
                "Nobody came by a QR code with a parameter in this period. Name your QR codes "
                "under Channels."
            ),
        ),
        legend=legend(staying="wx-joined", gone="wx-gone"),
    )


def _channel_name(row: figures.ChannelRow, account: str) -> str:
    name = row.channel or row.scene
    return f"{name} · {account}" if account else name


def accounts_figure(scope: Scope) -> Figure:
    """The accounts beside each other."""
    each = scope.each
    names = [account.name for account in scope.counted]
    numbers = [_numbers(account, each[account.pk], scope.days) for account in scope.counted]
    joined, left = ([row[place] for row in numbers] for place in (0, 1))

    def link(row: int, name: str) -> str:
        return _people(scope, name, account=scope.counted[row].pk)

    most = slice(CHARTED_ACCOUNTS)
    return Figure(
        key="accounts",
        title=_("Accounts beside each other"),
        meaning=_(
            "Joined and left in the period, and the total at its end. Joined minus left is "
            "the net growth."
        ),
        table=Table(
            PAGE_ACCOUNT_COLUMNS,
            [(name, *row) for name, row in zip(names, numbers, strict=True)],
            link,
        ),
        scope=scope,
        chart=_bars(
            names[most],
            ("joined", "joined", joined[most]),
            ("left", "left", left[most]),
        ),
        summary=_largest(names, [it or 0 for it in joined]),
        empty="" if names else _(NOTHING),
        legend=legend(joined="wx-joined", left="wx-left"),
    )


def _numbers(
    account: OfficialAccount, rows: Sequence[figures.DayRow], days: DayRange
) -> list[int | None]:
    """Joined, left and net in the period, and the total at its end."""
    counts = ([row.joined for row in rows], [row.left for row in rows], [row.net for row in rows])
    return [*(shown(sum(it), [account], days) for it in counts), rows[-1].total]


def _people(
    scope: Scope,
    name: str,
    account: int | None = None,
    source: str | None = None,
    scene: str | None = None,
) -> str:
    """The list of the people behind a number of the period; "" for a column that counts nobody."""
    pk = account or (scope.account.pk if scope.account else None)
    days = scope.days
    if name == "left":
        return people_url(pk, ended=days, source=source, scene=scene)
    if name in ("joined", "staying"):
        still = name == "staying"
        return people_url(pk, began=days, source=source, scene=scene, still=still)
    return ""


def _bars(
    labels: Sequence[str], *series: tuple[str, str, Sequence[int | None]], stacked: bool = False
) -> dict[str, Any]:
    return {
        "kind": "bars",
        "labels": list(labels),
        "series": [
            {"name": str(NUMBER_NAMES[name]), "colour": colour, "values": list(values)}
            for name, colour, values in series
        ],
        "stacked": stacked,
    }


def _largest(names: Sequence[str], values: Sequence[int]) -> str:
    """What a bar chart shows, in a sentence."""
    if not names:
        return ""
    value, name = max(zip(values, names, strict=False), key=lambda both: both[0])
    return _("%(name)s brought most: %(number)s joined.") % {"name": name, "number": f"{value:,}"}
