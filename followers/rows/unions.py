"""Several lists of rows in one statement."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from .dialect import fetch

# Of one statement: SQLite unites 500 lists, and takes some 32,000 values.
MAX_PIECES = 300
MAX_PARAMS = 30_000


class Rows(NamedTuple):
    """The first rows of lists, one after the other; of each the same columns."""

    lists: Sequence[QuerySet[Any]]
    limit: int

    def key(self) -> tuple[Any, ...]:
        """The same for those that ask for the same."""
        sql = (_sql_of(it) for it in self.lists)
        return (self.limit, *((it.sql, *it.params) for it in sql if it))


def numbered_rows(asked: Sequence[Rows]) -> Iterator[Any]:
    """The rows of all, each with the number of whose it is before its own columns."""
    pieces = []
    for number, rows in enumerate(asked):
        if lists := [it for it in map(_sql_of, rows.lists) if it]:
            sql = f"SELECT {number}, found.* FROM ({_union(lists)}) AS found LIMIT {rows.limit:d}"  # noqa: S608
            pieces.append(RawSQL(sql, _params(lists)))  # noqa: S611
    for together in _statements(pieces):
        # A single one needs no SELECT around it.
        sql = together[0].sql if len(together) == 1 else _union(together)
        with connection.cursor() as cursor:
            cursor.execute(sql, _params(together))
            yield from cursor


def count_each(lists: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each has."""
    found: list[int] = []
    for together in _statements([_compiled(it) for it in lists]):
        counts = (f"(SELECT count(*) FROM ({it.sql}) AS found)" for it in together)  # noqa: S608
        found += fetch(f"SELECT {', '.join(counts)}", _params(together))[0]
    return found


def united(lists: Iterable[QuerySet[Any]]) -> RawSQL:
    """The rows of all; each may have a limit of its own."""
    asked = [_compiled(it) for it in lists]
    return RawSQL(_union(asked), _params(asked))  # noqa: S611


def last_column(rows: QuerySet[Any], columns: int) -> RawSQL:
    """Of rows with so many columns, which may be a union, the last alone."""
    names = [f"column{number}" for number in range(columns)]
    asked = _compiled(rows, columns)
    sql = f"WITH found ({', '.join(names)}) AS ({asked.sql}) SELECT {names[-1]} FROM found"  # noqa: S608
    return RawSQL(sql, asked.params)  # noqa: S611


def _statements(pieces: Iterable[RawSQL]) -> Iterator[list[RawSQL]]:
    """One, unless it would have more parts or values than databases take."""
    together: list[RawSQL] = []
    values = 0
    for it in pieces:
        if together and (len(together) == MAX_PIECES or values + len(it.params) > MAX_PARAMS):
            yield together
            together, values = [], 0
        together.append(it)
        values += len(it.params)
    if together:
        yield together


def _compiled(rows: QuerySet[Any], columns: int = 1) -> RawSQL:
    none = f"SELECT {', '.join('0' * columns)} WHERE 1 = 0"
    return _sql_of(rows) or RawSQL(none, ())  # noqa: S611


def _sql_of(rows: QuerySet[Any]) -> RawSQL | None:
    """None if there can be no rows."""
    try:
        return RawSQL(*rows.query.sql_with_params())  # noqa: S611
    except EmptyResultSet:
        return None


def _union(asked: Iterable[RawSQL]) -> str:
    # Within a SELECT of its own, because only such a one may have a limit.
    return " UNION ALL ".join(f"SELECT * FROM ({it.sql}) AS piece" for it in asked)  # noqa: S608


def _params(asked: Iterable[RawSQL]) -> list[Any]:
    return [it for one in asked for it in one.params]
