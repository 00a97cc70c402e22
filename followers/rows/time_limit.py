"""Reads that are given up when they take too long."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

from .dialect import dialect

# What SQLite and PostgreSQL call a statement that was interrupted.
_INTERRUPTED = {"SQLITE_INTERRUPT", "57014"}


class TimeLimitError(Exception):
    """The statements took longer than they may."""


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Encloses reads; raises TimeLimitError.

    SQLite counts the time of all statements together, PostgreSQL that of each.
    """
    try:
        with dialect().time_limit(milliseconds):
            yield
    except OperationalError as error:
        cause = error.__cause__
        names = {getattr(cause, name, None) for name in ("sqlite_errorname", "sqlstate")}
        if names & _INTERRUPTED:
            raise TimeLimitError from error
        raise
