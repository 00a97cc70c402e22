"""Statements about sets of rows, and everything in which SQLite and PostgreSQL differ there.

A set is one parameter, whatever its size: SQLite gets JSON, PostgreSQL a text that it splits,
because psycopg is slow with lists.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone
from pyroaring import BitMap64


class SQLite:
    """Writers take turns, so nothing needs a lock; the clock is that of whoever opens the file.

    ids, texts: subqueries with the column `value`; their parameter is `as_set` of ids or texts.
    json_items: what FROM names for the `value` of each item of a JSON array, the parameter.
    find_followers: id, subscribed, and the openid of whoever is unknown; the parameters are a set
    of openids and the account.
    keeps_statistics: whether the planner knows how many rows a condition is true of.
    cursors_need_transaction: whether a result that is read in pieces has to be within one.
    """

    ids = texts = "SELECT value FROM json_each(%s)"
    json_items = "json_each(%s)"
    find_followers = """
        SELECT f.id, f.subscribed, CASE WHEN f.id IS NULL THEN page.value END
        FROM json_each(%s) AS page
        LEFT JOIN followers_follower AS f ON f.account_id = %s AND f.openid = page.value
    """
    keeps_statistics = False
    # One would keep everybody else from writing.
    cursors_need_transaction = False

    def as_set(self, values: Iterable[int] | Iterable[str]) -> str:
        return json.dumps(sorted(values))

    def json_records(self, columns: Mapping[str, str]) -> str:
        """A subquery; its parameter is a JSON array of objects. columns: SQL types by name."""
        named = ", ".join(f"value ->> '{name}' AS {name}" for name in columns)
        return f"SELECT {named} FROM json_each(%s)"  # noqa: S608 (callers' constants)

    def json_merged(self, old: str, new: str) -> str:
        """An expression for a JSON object with the members of another, both expressions."""
        return f"json_patch({old}, {new})"

    def now(self) -> datetime:
        return timezone.now()

    def advisory_lock(self, space: int, key: int) -> None:
        """Until the transaction ends, whoever else asks for these two numbers waits."""


class PostgreSQL:
    """The same, with a text instead of JSON for sets and with the server's clock."""

    ids = "SELECT value FROM unnest(string_to_array(%s, ',')::bigint[]) AS page (value)"
    texts = "SELECT value FROM unnest(string_to_array(%s, ',')) AS page (value)"
    json_items = "json_array_elements(%s) AS page (value)"
    # Each id is looked up in the unique index, one after the other. Left to itself the planner
    # reads the account's whole list for every page; OFFSET 0 keeps it from trying.
    find_followers = """
        SELECT f.id, f.subscribed, CASE WHEN f.id IS NULL THEN page.value END
        FROM unnest(string_to_array(%s, ',')) AS page (value)
        LEFT JOIN LATERAL (
            SELECT id, subscribed FROM followers_follower
            WHERE account_id = %s AND openid = page.value OFFSET 0
        ) AS f ON true
    """
    keeps_statistics = True
    # A cursor that outlives its transaction is lost behind a pooler.
    cursors_need_transaction = True

    def as_set(self, values: Iterable[int] | Iterable[str]) -> str:
        return ",".join(map(str, sorted(values)))

    def json_records(self, columns: Mapping[str, str]) -> str:
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"SELECT * FROM json_to_recordset(%s) AS record ({typed})"  # noqa: S608

    def json_merged(self, old: str, new: str) -> str:
        return f"{old} || {new}"

    def now(self) -> datetime:
        moment: datetime = fetch("SELECT clock_timestamp()", [])[0][0]
        return moment

    def advisory_lock(self, space: int, key: int) -> None:
        fetch("SELECT pg_advisory_xact_lock(%s, %s)", [space, key])


_DIALECTS: dict[str, SQLite | PostgreSQL] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def dialect() -> SQLite | PostgreSQL:
    """That of the connected database; ImproperlyConfigured where it is neither of the two."""
    found = _DIALECTS.get(connection.vendor)
    if found is None:
        raise ImproperlyConfigured(
            f"wxadmin runs on SQLite and PostgreSQL, not on {connection.display_name}."
        )
    return found


def as_set(values: Iterable[int] | Iterable[str]) -> str:
    """Row ids or openids (which hold no comma) as one parameter.

    Sorted, so that neighbouring index pages are visited together.
    """
    return dialect().as_set(values)


def as_time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def fetch(sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
        return rows


def fetch_ids(sql: str, params: Sequence[Any]) -> BitMap64:
    """The one column of the answer; never a list of all rows, which may be a million."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return BitMap64(row[0] for row in cursor)


def execute(sql: str, params: Sequence[Any]) -> int:
    """How many rows the statement has changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        changed: int = cursor.rowcount
        return changed
