"""The figures of some days of an account, by day, by source and by channel.

meanings.py says what each number means. Each table is one statement on the kept figures, however
many subscriptions there are. The figures are those of days in the account's `statistics_zone`.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from ..models import OfficialAccount
from ..rows.dialect import fetch
from .days import DayRange, first_day


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


class Origins(NamedTuple):
    """How people came: channels with their account's key."""

    sources: list[SourceRow]
    channels: list[tuple[int, ChannelRow]]


Accounts = Sequence[OfficialAccount]


def by_day(accounts: Accounts, days: DayRange) -> list[DayRow]:
    """A row for every day, also where nothing happened: the sums of `by_day_of_each`."""
    return sum_of_each(by_day_of_each(accounts, days), days)


def sum_of_each(each: Mapping[int, Sequence[DayRow]], days: DayRange) -> list[DayRow]:
    """each: rows of accounts, of these days."""
    return [_sum(day, rows) for day, *rows in zip(days, *each.values(), strict=True)]


def by_day_of_each(accounts: Accounts, days: DayRange) -> dict[int, list[DayRow]]:
    """The rows of each account, by its key.

    total: None also for days before the baseline's. An account takes part in a sum from its first
    total on, so a sum grows by all of its followers on that day.
    """
    return by_days_of_each(accounts, [days])[0]


def by_days_of_each(
    accounts: Accounts, periods: Sequence[DayRange]
) -> list[dict[int, list[DayRow]]]:
    """Likewise for several periods: a statement for each would read most figures several times."""
    # One statement sees one state: a total that is younger than the figures would not fit them.
    # The figures of later days lead back from the followers of now.
    since = min(days.first for days in periods)
    keys, sql_keys = account_keys(accounts)
    sql = f"""
        SELECT account_id, day, sum(joined), sum("left"), NULL FROM followers_dailyfigures
        WHERE account_id IN ({sql_keys}) AND day >= %s GROUP BY account_id, day
        UNION ALL SELECT id, NULL, 0, 0, following FROM followers_officialaccount
        WHERE id IN ({sql_keys})
    """  # noqa: S608
    counts: dict[int, dict[datetime.date, tuple[int, int]]] = {pk: {} for pk in keys}
    following: dict[int, int | None] = {}
    for pk, day, joined, left, now in fetch(sql, [*keys, day_param(since), *keys]):
        if day is None:
            following[pk] = now
        else:
            counts[pk][as_date(day)] = (int(joined), int(left))
    return [
        {it.pk: _rows(it, days, counts[it.pk], following.get(it.pk)) for it in accounts}
        for days in periods
    ]


def _rows(
    account: OfficialAccount,
    days: DayRange,
    counts: dict[datetime.date, tuple[int, int]],
    following: int | None,
) -> list[DayRow]:
    first = first_day(account) or datetime.date.max
    after = sum(joined - left for day, (joined, left) in counts.items() if day > days.last)
    total = None if following is None else following - after
    found = []
    for day in reversed(list(days)):
        joined, left = counts.get(day, (0, 0))
        net = joined - left
        found.append(DayRow(day, joined, left, net, total if day >= first else None))
        total = None if total is None else total - net
    return found[::-1]


def _sum(day: datetime.date, rows: Sequence[DayRow]) -> DayRow:
    totals = [row.total for row in rows if row.total is not None]
    joined, left = sum(row.joined for row in rows), sum(row.left for row in rows)
    return DayRow(day, joined, left, joined - left, sum(totals) if totals else None)


# MATERIALIZED: the figures are read once for both parts.
_ORIGINS_SQL = """
    WITH origin AS MATERIALIZED (
        SELECT account_id, source, scene, sum(joined) AS joined, sum("left") AS "left",
            sum(joined) - sum(left_ever) AS staying
        FROM followers_dailyfigures
        WHERE account_id IN ({keys}) AND day >= %s AND day <= %s
        GROUP BY account_id, source, scene
    ), best AS (
        SELECT account_id, scene, sum(joined) AS joined, sum("left") AS "left",
            sum(staying) AS staying
        FROM origin WHERE scene <> ''
        GROUP BY account_id, scene HAVING sum(joined) <> 0 OR sum("left") <> 0
        ORDER BY 3 DESC, 2, 1 LIMIT %s
    )
    SELECT NULL, source, '', '', sum(joined), sum("left"), 0 FROM origin
    GROUP BY source HAVING sum(joined) <> 0 OR sum("left") <> 0
    UNION ALL SELECT best.account_id, best.scene, coalesce(channel.name, ''),
        coalesce(channel."group", ''), joined, "left", staying
    FROM best LEFT JOIN followers_channel AS channel
        ON channel.account_id = best.account_id AND channel.scene = best.scene
"""


def by_source(accounts: Accounts, days: DayRange) -> list[SourceRow]:
    """Every source with anything to tell, the one that brought most first."""
    return origins(accounts, days, 0).sources


def by_channel(account: OfficialAccount, days: DayRange) -> list[ChannelRow]:
    """Every scene with anything to tell, the one that brought most first.

    Subscriptions without a scene belong to no channel.
    """
    return [row for _account_id, row in channels([account], days)]


def channels(
    accounts: Accounts, days: DayRange, limit: int | None = None
) -> list[tuple[int, ChannelRow]]:
    """At most `limit` of them, with their account's key: a scene is another one in another account.

    The one that brought most comes first.
    """
    return origins(accounts, days, limit).channels


def origins(accounts: Accounts, days: DayRange, limit: int | None = None) -> Origins:
    """`by_source` and `channels`: a page that shows both reads the figures of its days once."""
    keys, sql_keys = account_keys(accounts)
    sql = _ORIGINS_SQL.format(keys=sql_keys)
    most = connection.ops.no_limit_value() if limit is None else limit
    rows = fetch(sql, [*keys, day_param(days.first), day_param(days.last), most])
    # The two have no order between them; the scenes are put into theirs again.
    return _origins(sorted(rows, key=lambda row: (-row[4], row[1], row[0] or 0)))


def _origins(rows: Iterable[Sequence[Any]]) -> Origins:
    found = Origins([], [])
    for pk, origin, channel, group, *counts in rows:
        joined, left, staying = map(int, counts)
        if pk is None:
            found.sources.append(SourceRow(origin, joined, left, joined - left))
        else:
            row = ChannelRow(origin, channel, group, joined, joined, left, staying)
            found.channels.append((pk, row))
    return found


def account_keys(accounts: Accounts) -> tuple[list[int], str]:
    """Their keys, and the placeholders for them; without any, of a key that no account has."""
    keys = [account.pk for account in accounts] or [0]
    return keys, ", ".join(["%s"] * len(keys))


def day_param(day: datetime.date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def as_date(value: datetime.date | str) -> datetime.date:
    """Of a statement's own, SQLite returns a text."""
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value
