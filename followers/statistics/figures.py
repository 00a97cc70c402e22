"""The figures of some days of an account, by day, by source and by channel.

meanings.py says what each number means. Each table is one statement on the kept figures, however
many subscriptions there are. The figures are those of days in the account's `statistics_zone`.
"""

import datetime
from typing import Any, NamedTuple

from django.db import connection

from ..models import OfficialAccount
from ..rows.dialect import fetch
from .days import DayRange


# Fields and their order are a contract: they are the keys and columns of `export_statistics`.
class DayRow(NamedTuple):
    """total: None where the account's number of followers is not known."""

    date: datetime.date
    joined: int
    left: int
    net: int
    total: int | None


class SourceRow(NamedTuple):
    """source: WeChat's own word for it (`subscribe_scene`), "" where unknown."""

    source: str
    joined: int
    left: int
    net: int


class ChannelRow(NamedTuple):
    """channel, group: "" for a scene without a name.

    scans: until events are stored, the subscriptions that began with the scene in the period.
    """

    scene: str
    channel: str
    group: str
    scans: int
    joined: int
    left: int
    staying: int


def by_day(account: OfficialAccount, days: DayRange) -> list[DayRow]:
    """A row for every day, also where nothing happened."""
    # One statement sees one state: a total that is younger than the figures would not fit them.
    # The figures of later days lead back from the followers of now.
    sql = """
        SELECT day, sum(joined), sum("left"), NULL FROM followers_dailyfigures
        WHERE account_id = %s AND day >= %s GROUP BY day
        UNION ALL SELECT NULL, 0, 0, following FROM followers_officialaccount WHERE id = %s
    """
    rows = fetch(sql, [account.pk, day_param(days.first), account.pk])
    following: int | None = next(row[3] for row in rows if row[0] is None)
    counts = {as_date(day): (int(joined), int(left)) for day, joined, left, _ in rows if day}
    after = sum(joined - left for day, (joined, left) in counts.items() if day > days.last)
    total = None if following is None else following - after
    found = []
    for day in reversed(list(days)):
        joined, left = counts.get(day, (0, 0))
        net = joined - left
        found.append(DayRow(day, joined, left, net, total))
        total = None if total is None else total - net
    return found[::-1]


def by_source(account: OfficialAccount, days: DayRange) -> list[SourceRow]:
    """Every source with anything to tell, the one that brought most first."""
    sql = """
        SELECT source, sum(joined), sum("left") FROM followers_dailyfigures
        WHERE account_id = %s AND day >= %s AND day <= %s
        GROUP BY source HAVING sum(joined) <> 0 OR sum("left") <> 0 ORDER BY 2 DESC, 1
    """
    rows = fetch(sql, figures_params(account, days))
    return [
        SourceRow(source, int(joined), int(left), int(joined - left))
        for source, joined, left in rows
    ]


def by_channel(
    account: OfficialAccount, days: DayRange, limit: int | None = None
) -> list[ChannelRow]:
    """Every scene with anything to tell, the one that brought most first; at most `limit`.

    Subscriptions without a scene belong to no channel.
    """
    sql = """
        SELECT counted.scene, coalesce(channel.name, ''), coalesce(channel."group", ''),
            joined, "left", staying
        FROM (
            SELECT scene, sum(joined) AS joined, sum("left") AS "left",
                sum(joined) - sum(left_ever) AS staying
            FROM followers_dailyfigures
            WHERE account_id = %s AND day >= %s AND day <= %s AND scene <> ''
            GROUP BY scene HAVING sum(joined) <> 0 OR sum("left") <> 0
            ORDER BY 2 DESC, 1 LIMIT %s
        ) AS counted
        LEFT JOIN followers_channel AS channel
            ON channel.account_id = %s AND channel.scene = counted.scene
        ORDER BY joined DESC, counted.scene
    """
    most = connection.ops.no_limit_value() if limit is None else limit
    rows = fetch(sql, [*figures_params(account, days), most, account.pk])
    return [
        ChannelRow(scene, channel, group, int(joined), int(joined), int(left), int(staying))
        for scene, channel, group, joined, left, staying in rows
    ]


def figures_params(account: OfficialAccount, days: DayRange) -> list[Any]:
    return [account.pk, day_param(days.first), day_param(days.last)]


def day_param(day: datetime.date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def as_date(value: datetime.date | str) -> datetime.date:
    """Of a statement's own, SQLite returns a text."""
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value
