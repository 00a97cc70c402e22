"""Each usual trouble of a database has a sentence of its own; all else stays what it is."""

import logging
import sqlite3

import psycopg
import pytest
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction

from followers import trouble
from followers.trouble import (
    AWAY,
    CLOSED,
    FULL,
    LOCKED,
    NO_DATABASE,
    NOT_MIGRATED,
    READ_ONLY,
    known_trouble,
)


def of(driver, error=OperationalError):
    """What Django makes of a driver's error."""
    made = error(str(driver))
    made.__cause__ = driver
    return made


def of_sqlite(message, name=""):
    driver = sqlite3.OperationalError(message)
    if name:
        driver.sqlite_errorname = name
    return of(driver)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (of_sqlite("no such table: followers_follower", "SQLITE_ERROR"), NOT_MIGRATED),
        (of_sqlite("no such column: idempotency_key", "SQLITE_ERROR"), NOT_MIGRATED),
        (of_sqlite("table x has no column named y", "SQLITE_ERROR"), NOT_MIGRATED),
        (of(psycopg.errors.UndefinedTable("x"), ProgrammingError), NOT_MIGRATED),
        (of(psycopg.errors.UndefinedColumn("x"), ProgrammingError), NOT_MIGRATED),
        (of_sqlite("database or disk is full", "SQLITE_FULL"), FULL),
        (OperationalError("database or disk is full"), FULL),
        (of(psycopg.errors.DiskFull("could not extend file")), FULL),
        (of_sqlite("attempt to write a readonly database", "SQLITE_READONLY_DIRECTORY"), READ_ONLY),
        (of(psycopg.errors.ReadOnlySqlTransaction("x")), READ_ONLY),
        (of(psycopg.errors.InsufficientPrivilege("x"), ProgrammingError), READ_ONLY),
        (of_sqlite("database is locked", "SQLITE_BUSY"), LOCKED),
        (of_sqlite("database table is locked", "SQLITE_LOCKED"), LOCKED),
        (of(psycopg.errors.LockNotAvailable("x")), LOCKED),
        (of_sqlite("unable to open database file", "SQLITE_CANTOPEN"), CLOSED),
        (of_sqlite("file is not a database", "SQLITE_NOTADB"), NO_DATABASE),
        (of(psycopg.OperationalError("connection failed: Connection refused")), AWAY),
        (of(psycopg.errors.AdminShutdown("x")), AWAY),
        (of(psycopg.errors.TooManyConnections("x")), AWAY),
        (of(psycopg.InterfaceError("connection already closed"), InterfaceError), AWAY),
        (of_sqlite("near SELEC: syntax error", "SQLITE_ERROR"), None),
        (of(psycopg.errors.SyntaxError("x"), ProgrammingError), None),
        (OperationalError("something new"), None),
        # Of a file that we write, which the command names itself.
        (OSError(28, "No space left on device"), None),
        (ValueError("no such table: x"), None),
    ],
)
def test_troubles(error, expected):
    assert known_trouble(error) is expected


@pytest.mark.django_db
def test_what_is_missing_is_recognised_on_this_database():
    with pytest.raises((OperationalError, ProgrammingError)) as raised, transaction.atomic():
        connection.cursor().execute("SELECT idempotency_key FROM followers_nothing")
    assert known_trouble(raised.value) is NOT_MIGRATED


def test_no_two_say_the_same():
    assert len(set(map(str, trouble.TROUBLES))) == len(trouble.TROUBLES)


def test_what_the_database_says_is_told_where_it_helps():
    said = trouble.in_one_sentence(of(psycopg.OperationalError("host a\n\tis  down")))
    assert said.endswith("(host a is down)")
    assert "something new" in trouble.in_one_sentence(OperationalError("something new"))


@pytest.mark.parametrize(
    ("error", "ends", "traced"),
    [
        (of_sqlite("database or disk is full"), "Make room on it, then try again.", False),
        (DisallowedHost("a.b"), "A slice failed.", False),
        (ValueError("ours"), "A slice failed.", True),
        (OperationalError("something new"), "A slice failed.", True),
    ],
)
def test_the_usual_troubles_are_one_line_in_the_log(error, ends, traced):
    info = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "A slice %s.", ("failed",), info)
    assert trouble.WithoutTraceback().filter(record)
    assert record.getMessage().endswith(ends)
    assert bool(record.exc_info) is traced
