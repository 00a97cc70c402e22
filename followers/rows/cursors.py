"""Large results, read in chunks through a server-side cursor within a short transaction.

A PostgreSQL cursor lives as long as its transaction: behind a pooler, the next statement may reach
another server. Results for a slow reader (a download) are read by key instead, with one query for
each chunk, because a transaction must not stay open for that long.
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

_in_read_transaction = ContextVar("in_read_transaction", default=False)


@contextmanager
def read_transaction() -> Iterator[None]:
    """Encloses every use of `iterate`, in a transaction where the database needs one.

    Keep it short: no HTTP calls, and no output to a client.
    """
    begins = dialect().cursors_need_transaction and not connection.in_atomic_block
    token = _in_read_transaction.set(True)
    try:
        with transaction.atomic() if begins else nullcontext():
            yield
    finally:
        _in_read_transaction.reset(token)


def iterate(queryset: QuerySet[M, T], chunk_size: int) -> Iterator[T]:
    """`queryset.iterator()`; raises RuntimeError outside of `read_transaction`."""
    if not _in_read_transaction.get():
        raise RuntimeError("Call iterate() within read_transaction().")
    return queryset.iterator(chunk_size=chunk_size)
