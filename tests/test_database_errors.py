"""Each common database problem has its own sentence; other errors have none."""

import logging
import sqlite3

import psycopg
import pytest
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction

from followers import database_errors
from followers.database_errors import (
    CANNOT_OPEN,
    FULL,
    LOCKED,
    NO_DATABASE,
    NOT_MIGRATED,
    READ_ONLY,
    UNREACHABLE,
    find_problem,
)


def django_error(driver, error=OperationalError):
    """The error that Django raises for a driver's error."""
    made = error(str(driver))
    made.__cause__ = driver
    return made


def sqlite_error(message, name=""):
    driver = sqlite3.OperationalError(message)
    if name:
        driver.sqlite_errorname = name
    return django_error(driver)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite_error("no such table: followers_follower", "SQLITE_ERROR"), NOT_MIGRATED),
        (sqlite_error("no such column: idempotency_key", "SQLITE_ERROR"), NOT_MIGRATED),
        (sqlite_error("table x has no column named y", "SQLITE_ERROR"), NOT_MIGRATED),
        (django_error(psycopg.errors.UndefinedTable("x"), ProgrammingError), NOT_MIGRATED),
        (django_error(psycopg.errors.UndefinedColumn("x"), ProgrammingError), NOT_MIGRATED),
        (sqlite_error("database or disk is full", "SQLITE_FULL"), FULL),
        (OperationalError("database or disk is full"), FULL),
        (django_error(psycopg.errors.DiskFull("could not extend file")), FULL),
        (
            sqlite_error("attempt to write a readonly database", "SQLITE_READONLY_DIRECTORY"),
            READ_ONLY,
        ),
        (django_error(psycopg.errors.ReadOnlySqlTransaction("x")), READ_ONLY),
        (django_error(psycopg.errors.InsufficientPrivilege("x"), ProgrammingError), READ_ONLY),
        (sqlite_error("database is locked", "SQLITE_BUSY"), LOCKED),
        (sqlite_error("database table is locked", "SQLITE_LOCKED"), LOCKED),
        (django_error(psycopg.errors.LockNotAvailable("x")), LOCKED),
        (sqlite_error("unable to open database file", "SQLITE_CANTOPEN"), CANNOT_OPEN),
        (sqlite_error("file is not a database", "SQLITE_NOTADB"), NO_DATABASE),
        (
            django_error(psycopg.OperationalError("connection failed: Connection refused")),
            UNREACHABLE,
        ),
        (django_error(psycopg.errors.AdminShutdown("x")), UNREACHABLE),
        (django_error(psycopg.errors.TooManyConnections("x")), UNREACHABLE),
        (
            django_error(psycopg.InterfaceError("connection already closed"), InterfaceError),
            UNREACHABLE,
        ),
        (sqlite_error("near SELEC: syntax error", "SQLITE_ERROR"), None),
        (django_error(psycopg.errors.SyntaxError("x"), ProgrammingError), None),
        (OperationalError("something new"), None),
        # Not from the database.
        (OSError(28, "No space left on device"), None),
        (ValueError("no such table: x"), None),
    ],
)
def test_problems(error, expected):
    assert find_problem(error) is expected


@pytest.mark.django_db
def test_a_missing_table_of_this_database():
    with pytest.raises((OperationalError, ProgrammingError)) as raised, transaction.atomic():
        connection.cursor().execute("SELECT idempotency_key FROM followers_nothing")
    assert find_problem(raised.value) is NOT_MIGRATED


def test_texts_are_distinct():
    assert len(set(map(str, database_errors.PROBLEMS))) == len(database_errors.PROBLEMS)


def test_the_message_of_the_database_is_included():
    sentence = database_errors.error_sentence(
        django_error(psycopg.OperationalError("host a\n\tis  down"))
    )
    assert sentence.endswith("(host a is down)")
    assert "something new" in database_errors.error_sentence(OperationalError("something new"))


@pytest.mark.parametrize(
    ("error", "ending", "has_traceback"),
    [
        (sqlite_error("database or disk is full"), "Make room on it, then try again.", False),
        (DisallowedHost("a.b"), "A slice failed.", False),
        (ValueError("ours"), "A slice failed.", True),
        (OperationalError("something new"), "A slice failed.", True),
    ],
)
def test_common_problems_are_logged_without_traceback(error, ending, has_traceback):
    info = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "A slice %s.", ("failed",), info)
    assert database_errors.OmitTraceback().filter(record)
    assert record.getMessage().endswith(ending)
    assert bool(record.exc_info) is has_traceback
