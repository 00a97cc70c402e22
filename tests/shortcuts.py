"""What production does once for each process, and tests would do again for each of thousands."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

FAST_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@contextmanager
def shortcuts() -> Iterator[None]:
    # What there is by now stays until the end, and need not be looked through for garbage.
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch, override_settings(PASSWORD_HASHERS=FAST_HASHERS):
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", static_files_found_once())
        patch.setattr(DatabaseOperations, "sql_flush", deleting(DatabaseOperations.sql_flush))
        yield


def static_files_found_once() -> Any:
    """Else every Client would look for all static files, which takes longer than most tests."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def add(self: WhiteNoiseMiddleware) -> None:
        if not found:
            find(self)
            found.update(self.files)
        self.files.update(found)

    return add


def deleting(truncating: Any) -> Any:
    """PostgreSQL truncates a table by new files for it and its indexes: seconds for all of them."""

    def sql_flush(self: DatabaseOperations, style: Any, tables: list[str], **how: Any) -> list[str]:
        if how.get("reset_sequences"):
            found: list[str] = truncating(self, style, tables, **how)
            return found
        # In any order: foreign keys are looked at when all is gone.
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    return sql_flush
