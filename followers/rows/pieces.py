"""Results that may be too large for memory, read a piece at a time.

A cursor on PostgreSQL's side lives as long as its transaction: behind a pooler the next statement
may meet another server. What is handed to somebody who reads slowly is read by key instead, each
piece a query of its own, because a transaction must not stay open for that long.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from .dialect import dialect

M = TypeVar("M", bound=Model)
T = TypeVar("T")

_reading = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Around everything that takes from `in_pieces`. Short: no HTTP, nothing for whoever waits."""
    begins = dialect().cursors_need_transaction and not connection.in_atomic_block
    before = _reading.set(True)
    try:
        with transaction.atomic() if begins else nullcontext():
            yield
    finally:
        _reading.reset(before)


def in_pieces(rows: QuerySet[M, T], size: int) -> Iterator[T]:
    """The result, of which `size` rows are here at a time. RuntimeError outside of `reading`."""
    if not _reading.get():
        raise RuntimeError("What is read in pieces is read within pieces.reading().")
    return rows.iterator(chunk_size=size)
