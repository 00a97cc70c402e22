"""Follower rows in sets: one statement for a page, whatever its size.

SQLite gets a list as JSON (json_each), PostgreSQL as an array. Measured with a million random ids
in pages of 10,000, Django's bulk_create is seven to eight times slower than INSERT … SELECT, and
update_or_create a hundred times. Ids are sorted, so that neighbouring index pages are visited
together.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# Columns that WeChat's list says nothing about, as a new follower has them.
BLANK = {
    "unionid": "''",
    "remark": "''",
    "subscribe_scene": "''",
    "qr_scene_str": "''",
    "language": "''",
    "blacklisted": "false",
    "subscribed": "true",
}
SCAN_ROWS = 100_000

# In SQLite the order of the tables is the order of the loops only with CROSS JOIN: without it the
# planner may scan every follower of the account for each page.
_SQLITE = {
    "find": """
        SELECT f.id, f.openid, f.subscribed FROM json_each(%s) AS page
        CROSS JOIN followers_follower AS f ON f.account_id = %s AND f.openid = page.value
    """,
    "openids": "SELECT value FROM json_each(%s)",
    "ids": "SELECT value FROM json_each(%s)",
}
_POSTGRESQL = {
    "find": """
        SELECT f.id, f.openid, f.subscribed FROM followers_follower AS f
        WHERE f.openid = ANY(%s) AND f.account_id = %s
    """,
    "openids": "SELECT value FROM unnest(%s::text[]) AS page (value)",
    "ids": "SELECT value FROM unnest(%s::bigint[]) AS page (value)",
}


def _sql(name: str) -> str:
    return (_SQLITE if connection.vendor == "sqlite" else _POSTGRESQL)[name]


def _set(values: Iterable[Any]) -> Any:
    ordered = sorted(values)
    return json.dumps(ordered) if connection.vendor == "sqlite" else ordered


def _time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _fetch(sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
        return rows


def find(account_id: int, openids: Iterable[str]) -> list[tuple[int, str, bool]]:
    """(id, openid, subscribed) of those that are known."""
    return _fetch(_sql("find"), [_set(openids), account_id])


def insert(account_id: int, openids: Iterable[str], seen_at: datetime) -> list[int]:
    """Add followers; returns the ids of the new rows.

    Pass only openids that are not known: a refused row burns a value of the id sequence. One that
    somebody else has added meanwhile is left as it is and has no id in the answer.
    """
    columns = ", ".join(BLANK)
    values = ", ".join(BLANK.values())
    sql = f"""
        INSERT INTO followers_follower
            (account_id, openid, first_seen_at, status_as_of, {columns})
        SELECT %s, value, %s, %s, {values} FROM ({_sql("openids")}) AS page
        WHERE true ON CONFLICT (account_id, openid) DO NOTHING RETURNING id
    """  # noqa: S608 (only constants of this module)
    time = _time(seen_at)
    return [row[0] for row in _fetch(sql, [account_id, time, time, _set(openids)])]


def mark_returned(ids: Iterable[int], at: datetime, run_id: int) -> list[int]:
    """Those of `ids` who had left by older knowledge follow again; returns them.

    `unsubscribed_at` stays: it is when they last left.
    """
    sql = f"""
        UPDATE followers_follower SET subscribed = true, status_as_of = %s
        WHERE id IN ({_sql("ids")}) AND NOT subscribed AND status_as_of < %s RETURNING id
    """  # noqa: S608
    return _record(_fetch(sql, [_time(at), _set(ids), _time(at)]), True, at, run_id)


def mark_left(ids: Iterable[int], at: datetime, run_id: int) -> list[int]:
    """Those of `ids` who follow by older knowledge have left; returns them."""
    sql = f"""
        UPDATE followers_follower SET subscribed = false, unsubscribed_at = %s, status_as_of = %s
        WHERE id IN ({_sql("ids")}) AND subscribed AND status_as_of < %s RETURNING id
    """  # noqa: S608
    time = _time(at)
    return _record(_fetch(sql, [time, time, _set(ids), time]), False, at, run_id)


def _record(changed: list[Any], subscribed: bool, at: datetime, run_id: int) -> list[int]:
    ids = [row[0] for row in changed]
    if ids:
        value = "true" if subscribed else "false"
        sql = f"""
            INSERT INTO followers_statuschange (follower_id, subscribed, at, run_id)
            SELECT value, {value}, %s, %s FROM ({_sql("ids")}) AS page
        """  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [_time(at), run_id, _set(ids)])
    return ids


def subscribed_before(account_id: int, moment: datetime) -> Iterator[list[int]]:
    """Ids of those who follow by knowledge older than `moment`, ascending, SCAN_ROWS at a time."""
    last = 0
    while True:
        found = _fetch(
            """
            SELECT id FROM followers_follower
            WHERE account_id = %s AND id > %s AND subscribed AND status_as_of < %s
            ORDER BY id LIMIT %s
            """,
            [account_id, last, _time(moment), SCAN_ROWS],
        )
        if not found:
            return
        yield [row[0] for row in found]
        last = found[-1][0]
