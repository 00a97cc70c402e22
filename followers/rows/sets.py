"""Lists as one parameter of a statement, and plain answers."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from pyroaring import BitMap64


def ids_source() -> str:
    """A subquery with the column `value`: the row ids of the parameter `as_set(ids)`."""
    if connection.vendor == "sqlite":
        return "SELECT value FROM json_each(%s)"
    return "SELECT value FROM unnest(string_to_array(%s, ',')::bigint[]) AS page (value)"


def as_set(values: Iterable[int] | Iterable[str]) -> str:
    """Row ids or openids (which hold no comma) as one parameter; psycopg is slow with lists."""
    ordered = sorted(values)
    return json.dumps(ordered) if connection.vendor == "sqlite" else ",".join(map(str, ordered))


def as_time(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def as_text(value: datetime) -> str:
    """A time within JSON, as the database reads it."""
    return str(as_time(value))


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


class Total(NamedTuple):
    """How large a set of row ids is, and their sum: what two sets that are alike have in common."""

    size: int
    sum: int

    @classmethod
    def of(cls, ids: BitMap64) -> "Total":
        return cls(len(ids), sum(ids))


def fetch_total(rows: str, column: str, param: int) -> Total:
    """Of the ids in a column; `rows`: SQL, from the table's name on, with one parameter."""
    size, total = fetch(f"SELECT count(*), COALESCE(sum({column}), 0) FROM {rows}", [param])[0]  # noqa: S608
    return Total(size, int(total))


def execute(sql: str, params: Sequence[Any]) -> int:
    """How many rows the statement has changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        changed: int = cursor.rowcount
        return changed
