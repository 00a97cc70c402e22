"""Very many made-up rows in one statement, the same SQL on SQLite and PostgreSQL."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection

# What the two write differently: the numbers from 1 to `rows`, and a time of its Unix seconds.
NUMBERS = {
    "postgresql": "generate_series(1::bigint, %(rows)s) AS numbers (n)",
    "sqlite": """(
        WITH RECURSIVE series (n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %(rows)s
        ) SELECT n FROM series
    ) AS numbers""",
}
MOMENTS = {
    "postgresql": "to_timestamp({})",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', {}, 'unixepoch')",
}
CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid), contype FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype IN ('f', 'u')
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT indisprimary
"""
SQLITE_INDEXES = """
    SELECT name, sql FROM sqlite_schema
    WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL
"""


def numbers() -> str:
    """A FROM item with the column n."""
    return NUMBERS[connection.vendor]


def moment(seconds: str) -> str:
    """seconds: an SQL expression, since 1970."""
    return MOMENTS[connection.vendor].format(seconds)


def fill(table: str, sql: str, params: Mapping[str, Any]) -> float:
    """Run it, and do what the server's autovacuum does some time later; returns the seconds.

    Nothing does that for SQLite, so its planner knows of no numbers of rows here either.
    """
    began = time.perf_counter()
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        bare = _unconstrained(cursor, table) if postgresql else nullcontext()
        with bare, _indexed_afterwards(cursor, table):
            cursor.execute(sql, params)
        if postgresql:
            cursor.execute(f"VACUUM ANALYZE {table}")
    return time.perf_counter() - began


@contextmanager
def _unconstrained(cursor: Any, table: str) -> Iterator[None]:
    """Without what costs time for each row. Foreign keys are left out: see the jobs."""
    cursor.execute(CONSTRAINTS, [table])
    constraints = cursor.fetchall()
    for name, _definition, _kind in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
    yield
    for name, definition, kind in constraints:
        if kind == "u":
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


@contextmanager
def _indexed_afterwards(cursor: Any, table: str) -> Iterator[None]:
    """Indexes are built at the end, which is faster."""
    cursor.execute(INDEXES if connection.vendor == "postgresql" else SQLITE_INDEXES, [table])
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    if connection.vendor == "postgresql":
        cursor.execute("SET maintenance_work_mem = '1GB'")
    for _name, definition in indexes:
        cursor.execute(definition)
