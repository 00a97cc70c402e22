"""SQL for sets of rows, and everything in which SQLite and PostgreSQL differ.

A set is passed as one parameter, whatever its size: SQLite gets JSON, PostgreSQL a string that it
splits, because psycopg is slow with lists.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    DateTimeField,
    ExpressionWrapper,
    Func,
    Q,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone
from pyroaring import BitMap64


class SQLite:
    """Only one connection writes at a time, so no locks are needed; the clock is the host's.

    ids_sql, texts_sql: subqueries with the column `value`; the parameter is a `set_param`.
    greatest: the function that gives the latest of several times, none of them NULL.
    json_items_sql: a FROM item with the `value` of each item of a JSON array, the parameter.
    look_up_sql: selects id, subscribed, and the openid where the follower is unknown; the
    parameters are a set of openids and the account.
    holders_sql: selects text, id and openid for each id of a kept list that a follower has; the
    parameters are `segment`, the list, and `account`.
    has_row_statistics: whether the planner can estimate how many rows match a condition.
    cursors_need_transaction: whether a server-side cursor must be read within a transaction.
    """

    ids_sql = texts_sql = "SELECT value FROM json_each(%s)"
    json_items_sql = "json_each(%s)"
    greatest = "max"
    look_up_sql = """
        SELECT f.id, f.subscribed, CASE WHEN f.id IS NULL THEN page.value END
        FROM json_each(%s) AS page
        LEFT JOIN followers_follower AS f ON f.account_id = %s AND f.openid = page.value
    """
    # CROSS JOIN keeps this order: every id is looked up in an index.
    holders_sql = """
        SELECT kept.text, f.id, f.openid FROM followers_segmentid AS kept
        CROSS JOIN followers_follower AS f
        WHERE kept.segment_id = %(segment)s AND f.account_id = %(account)s
            AND f.openid = kept.text
        UNION ALL
        SELECT kept.text, f.id, f.openid FROM followers_segmentid AS kept
        CROSS JOIN followers_follower AS f
        WHERE kept.segment_id = %(segment)s AND f.account_id + 0 = %(account)s
            AND f.unionid = kept.text AND NOT (f.unionid = '')
    """
    has_row_statistics = False
    # A transaction would block all other writers.
    cursors_need_transaction = False

    def set_param(self, values: Iterable[int] | Iterable[str]) -> str:
        return json.dumps(sorted(values))

    def json_records_sql(self, columns: Mapping[str, str]) -> str:
        """A subquery; its parameter is a JSON array of objects. columns: SQL types by name."""
        named = ", ".join(f"value ->> '{name}' AS \"{name}\"" for name in columns)
        return f"SELECT {named} FROM json_each(%s)"  # noqa: S608 (callers' constants)

    def json_merge_sql(self, old: str, new: str) -> str:
        """An expression that merges the JSON object `new` into `old`, both SQL expressions."""
        return f"json_patch({old}, {new})"

    def pk_in(self, keys: Combinable) -> Q:
        """Whether a row's key is among those of a subquery, which are collected first."""
        return Q(pk__in=keys)

    def ago(self, age: timedelta) -> Combinable:
        """The database's time, so long ago, for conditions: it is not asked for by itself."""
        return Value(self.now() - age, DateTimeField())

    def as_time(self, value: Any) -> datetime | None:
        """A time that a statement returned: of an expression a text, of a column one in UTC."""
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment else None

    def lasted_less_sql(self, start: str, end: str) -> str:
        """Whether less than so many seconds, the parameter, lie between two columns.

        Fractions of seconds are cut off before: the first 19 characters are those to the second.
        """
        seconds = [f"unixepoch(substr({column}, 1, 19))" for column in (end, start)]
        return f"{seconds[0]} - {seconds[1]} < %s"

    @contextmanager
    def time_limit(self, milliseconds: int) -> Iterator[None]:
        """Interrupts statements that are not finished after so long; see rows.time_limit."""
        deadline = monotonic() + milliseconds / 1000
        connection.ensure_connection()
        connection.connection.set_progress_handler(lambda: monotonic() > deadline, 10_000)
        try:
            yield
        finally:
            connection.connection.set_progress_handler(None, 0)

    @contextmanager
    def list_reads(self) -> Iterator[None]:
        """Encloses the reads of a list."""
        yield

    def now(self) -> datetime:
        return timezone.now()

    def now_column(self) -> Combinable:
        return Value(self.now(), DateTimeField())

    def advisory_lock(self, space: int, key: int) -> None:
        """Lock the pair of numbers until the transaction ends; SQLite needs no lock."""


LIST_PLANNING_SQL = (
    "SET LOCAL seq_page_cost = 0.2",
    "SET LOCAL random_page_cost = 0.25",
    "SET LOCAL work_mem = '16MB'",
    "SET LOCAL jit = off",
)
# A timer that goes off just as a statement ends makes the server cancel the next one, whoever sends
# it. Behind the limited statement, that is the first of these; the first has a timer itself, and
# behind it, that is the second, which has none.
NO_TIMEOUT_SQL = ("SET LOCAL statement_timeout = 0",) * 2


class _WithSettings:
    """Sends statements before and after each statement, for Django's `execute_wrapper`.

    They are one message, and the server makes it one transaction: a list that asks several times
    does not wait for BEGIN and ROLLBACK, and neither a later statement nor the next client of a
    pooler has the settings.
    """

    def __init__(self, before: Sequence[str], after: Sequence[str] = ()) -> None:
        self.before, self.after = before, after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        message = "; ".join([*self.before, sql, *self.after])
        result = execute(message, params, many, context)
        for _setting in self.before:
            context["cursor"].nextset()
        return result


class PostgreSQL:
    """Sets are passed as comma-separated strings; the clock is the server's."""

    ids_sql = "SELECT value FROM unnest(string_to_array(%s, ',')::bigint[]) AS page (value)"
    texts_sql = "SELECT value FROM unnest(string_to_array(%s, ',')) AS page (value)"
    json_items_sql = "json_array_elements(%s) AS page (value)"
    greatest = "greatest"
    # OFFSET 0 makes the planner look up each openid in the unique index; without it, it would read
    # all followers of the account for every page.
    look_up_sql = """
        SELECT f.id, f.subscribed, CASE WHEN f.id IS NULL THEN page.value END
        FROM unnest(string_to_array(%s, ',')) AS page (value)
        LEFT JOIN LATERAL (
            SELECT id, subscribed FROM followers_follower
            WHERE account_id = %s AND openid = page.value OFFSET 0
        ) AS f ON true
    """
    # As above. Only what is no openid is looked up as a unionid.
    holders_sql = """
        SELECT kept.text, COALESCE(f.id, g.id), COALESCE(f.openid, g.openid)
        FROM followers_segmentid AS kept
        LEFT JOIN LATERAL (
            SELECT id, openid FROM followers_follower
            WHERE account_id = %(account)s AND openid = kept.text OFFSET 0
        ) AS f ON true
        LEFT JOIN LATERAL (
            SELECT id, openid FROM followers_follower
            WHERE f.id IS NULL AND unionid = kept.text AND NOT (unionid = '')
                AND account_id + 0 = %(account)s OFFSET 0
        ) AS g ON true
        WHERE kept.segment_id = %(segment)s AND (f.id IS NOT NULL OR g.id IS NOT NULL)
    """
    has_row_statistics = True
    # Behind a pooler, a cursor that outlives its transaction is lost.
    cursors_need_transaction = True

    def set_param(self, values: Iterable[int] | Iterable[str]) -> str:
        return ",".join(map(str, sorted(values)))

    def json_records_sql(self, columns: Mapping[str, str]) -> str:
        typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return f"SELECT * FROM json_to_recordset(%s) AS record ({typed})"  # noqa: S608

    def json_merge_sql(self, old: str, new: str) -> str:
        return f"{old} || {new}"

    def pk_in(self, keys: Combinable) -> Q:
        # With IN, the planner takes the keys to be spread evenly over the table. For the newest of
        # a month long past it would read the table from its end; an array it looks up in an index.
        found = Func(
            "pk",
            keys,
            template="%(expressions)s)",
            arg_joiner=" = ANY(ARRAY",
            output_field=BooleanField(),
        )
        return Q(found)

    def ago(self, age: timedelta) -> Combinable:
        return ExpressionWrapper(Now() - age, DateTimeField())

    def as_time(self, value: Any) -> datetime | None:
        moment: datetime | None = value
        return moment

    def lasted_less_sql(self, start: str, end: str) -> str:
        start, end = (f"date_trunc('second', {column})" for column in (start, end))
        return f"{end} < {start} + %s * interval '1 second'"

    @contextmanager
    def time_limit(self, milliseconds: int) -> Iterator[None]:
        settings = (*LIST_PLANNING_SQL, f"SET LOCAL statement_timeout = {milliseconds:d}")
        if self._may_send_several():
            with connection.execute_wrapper(_WithSettings(settings, NO_TIMEOUT_SQL)):
                yield
            return
        with transaction.atomic():
            self._set(settings)
            yield
            self._set(NO_TIMEOUT_SQL)
            # What comes later in the transaction has no limit.
            transaction.set_rollback(True)

    @contextmanager
    def list_reads(self) -> Iterator[None]:
        """Plans as if pages were in memory, which those of lists are, whatever the server expects.

        Reading a row is then what costs. Bitmaps of less memory forget which rows they mean, and
        compiling a statement would take longer than most do.
        """
        if self._may_send_several():
            with connection.execute_wrapper(_WithSettings(LIST_PLANNING_SQL)):
                yield
            return
        with nullcontext() if connection.in_atomic_block else transaction.atomic():
            self._set(LIST_PLANNING_SQL)
            yield

    def _may_send_several(self) -> bool:
        """Whether a message can hold several statements, and is a transaction of its own."""
        options = connection.settings_dict["OPTIONS"]
        return not connection.in_atomic_block and options.get("server_side_binding") is not True

    def _set(self, settings: Sequence[str]) -> None:
        """Without Django's cursor, so that it is not counted and logged as a query."""
        with connection.wrap_database_errors:
            connection.connection.execute("; ".join(settings))

    def now_column(self) -> Combinable:
        return Func(function="clock_timestamp", output_field=DateTimeField())

    def now(self) -> datetime:
        moment: datetime = fetch("SELECT clock_timestamp()", [])[0][0]
        return moment

    def advisory_lock(self, space: int, key: int) -> None:
        fetch("SELECT pg_advisory_xact_lock(%s, %s)", [space, key])


_DIALECTS: dict[str, SQLite | PostgreSQL] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def dialect() -> SQLite | PostgreSQL:
    """The dialect of the connected database; raises ImproperlyConfigured for any other."""
    found = _DIALECTS.get(connection.vendor)
    if found is None:
        raise ImproperlyConfigured(
            f"wxadmin runs on SQLite and PostgreSQL, not on {connection.display_name}."
        )
    return found


def set_param(values: Iterable[int] | Iterable[str]) -> str:
    """Row ids or openids (which contain no comma) as one parameter.

    Sorted, so that neighbouring index pages are read together.
    """
    return dialect().set_param(values)


def time_param(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def fetch(sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
        return rows


def fetch_ids(sql: str, params: Sequence[Any]) -> BitMap64:
    """The first column of the result, without a list of all rows: there may be a million."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return BitMap64(row[0] for row in cursor)


def execute(sql: str, params: Sequence[Any]) -> int:
    """Run a statement; returns the number of rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        changed: int = cursor.rowcount
        return changed
