"""The least that can be done: the same rows into the same table through the driver alone.

One commit for each page of 10,000, through the connection that Django opens, so with the same
settings. Rows are made before the clock starts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Field

from followers.models import Follower, OfficialAccount
from tests.benchmarks.simulation import pages


def run(followers: int) -> float:
    account = OfficialAccount.objects.get()
    connection.ensure_connection()
    raw, columns = connection.connection, _columns()
    if connection.vendor == "sqlite":
        tuples = [[_tuple(columns, row) for row in page] for page in _rows(account, followers)]
        return _executemany(raw, columns, tuples)
    blocks = ["".join(_line(columns, row) for row in page) for page in _rows(account, followers)]
    return _copy(raw, columns, [block.encode() for block in blocks])


def _columns() -> list[Field[Any, Any]]:
    """Those that every row must fill; what may be NULL is left out, as the sync leaves it out."""
    fields = Follower._meta.concrete_fields
    return [field for field in fields if not field.null and not field.primary_key]


def _rows(account: OfficialAccount, followers: int) -> Iterator[Iterator[Follower]]:
    now = datetime.now(UTC)
    for page in pages(followers):
        yield (
            Follower(account=account, openid=openid, first_seen_at=now, status_as_of=now)
            for openid in page
        )


def _tuple(columns: list[Field[Any, Any]], row: Follower) -> tuple[Any, ...]:
    values = ((field, getattr(row, field.attname)) for field in columns)
    return tuple(field.get_db_prep_save(value, connection) for field, value in values)


def _line(columns: list[Field[Any, Any]], row: Follower) -> str:
    """In COPY's text format; nothing in these rows needs escaping."""
    return "\t".join(str(field.value_to_string(row)) for field in columns) + "\n"


def _executemany(raw: Any, columns: list[Field[Any, Any]], pages: list[list[Any]]) -> float:
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO followers_follower ({_names(columns)}) VALUES ({marks})"
    began = time.perf_counter()
    for page in pages:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(sql, page)
        raw.execute("COMMIT")
    return time.perf_counter() - began


def _copy(raw: Any, columns: list[Field[Any, Any]], pages: list[bytes]) -> float:
    sql = f"COPY followers_follower ({_names(columns)}) FROM STDIN"
    began = time.perf_counter()
    for page in pages:
        with raw.transaction(), raw.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(page)
    return time.perf_counter() - began


def _names(columns: list[Field[Any, Any]]) -> str:
    return ", ".join(field.column for field in columns)
