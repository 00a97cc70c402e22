"""Explanations of common database errors, for SQLite and PostgreSQL."""

import logging
from dataclasses import dataclass

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class DatabaseProblem:
    """`sqlstates`: prefixes of PostgreSQL's SQLSTATE; `sqlite_codes`: prefixes of names of SQLite's
    result codes; `phrases`: parts of messages without a code."""

    meaning: str | Promise
    advice: str | Promise
    sqlstates: tuple[str, ...]
    sqlite_codes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    def matches(self, error: BaseException) -> bool:
        driver = error.__cause__ or error
        state = getattr(driver, "sqlstate", None) or ""
        name = getattr(driver, "sqlite_errorname", "")
        text = str(error)
        return (
            state.startswith(self.sqlstates)
            or bool(self.sqlite_codes and name.startswith(self.sqlite_codes))
            or any(phrase in text for phrase in self.phrases)
        )

    def __str__(self) -> str:
        return f"{self.meaning} {self.advice}"


# The first one that matches applies.
NOT_MIGRATED = DatabaseProblem(
    gettext_lazy("The database is not migrated."),
    gettext_lazy("Run “manage.py migrate”, then try again."),
    sqlstates=("42P01", "42703"),
    phrases=("no such table", "no such column", "has no column named"),
)
FULL = DatabaseProblem(
    gettext_lazy("The disk that holds the database is full."),
    gettext_lazy("Make room on it, then try again."),
    sqlstates=("53100",),
    sqlite_codes=("SQLITE_FULL",),
    phrases=("database or disk is full", "No space left on device"),
)
READ_ONLY = DatabaseProblem(
    gettext_lazy("The database can be read, but not written to."),
    gettext_lazy(
        "The user who runs this must be allowed to write to it (with SQLite, to the file and its "
        "folder). Then try again."
    ),
    sqlstates=("25006", "42501"),
    sqlite_codes=("SQLITE_READONLY", "SQLITE_PERM"),
    phrases=("readonly database",),
)
LOCKED = DatabaseProblem(
    gettext_lazy("Another program keeps the database locked."),
    gettext_lazy("Try again in a while."),
    sqlstates=("55P03", "40P01"),
    sqlite_codes=("SQLITE_BUSY", "SQLITE_LOCKED"),
    phrases=("database is locked", "database table is locked"),
)
CANNOT_OPEN = DatabaseProblem(
    gettext_lazy("The file of the database cannot be opened."),
    gettext_lazy(
        "Check that DATABASE_URL names it, and that the user who runs this may write to it and "
        "to its folder. Then try again."
    ),
    sqlstates=(),
    sqlite_codes=("SQLITE_CANTOPEN",),
    phrases=("unable to open database file",),
)
NO_DATABASE = DatabaseProblem(
    gettext_lazy("The file of the database is no SQLite database."),
    gettext_lazy(
        "Let DATABASE_URL name the database of wxadmin, or a file that does not exist yet, then "
        "try again."
    ),
    sqlstates=(),
    sqlite_codes=("SQLITE_NOTADB",),
    phrases=("file is not a database",),
)
UNREACHABLE = DatabaseProblem(
    gettext_lazy("The database cannot be reached."),
    gettext_lazy("Check that it runs and that DATABASE_URL is right, then try again."),
    sqlstates=("08", "57P", "53300", "28", "3D000"),
)
PROBLEMS = (NOT_MIGRATED, FULL, READ_ONLY, LOCKED, CANNOT_OPEN, NO_DATABASE, UNREACHABLE)
# Commands show the path of the file; pages must not.
FILE_PROBLEMS = (CANNOT_OPEN, NO_DATABASE)


def find_problem(error: BaseException) -> DatabaseProblem | None:
    """The problem that an error indicates; None for all others, which may be bugs."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    for problem in PROBLEMS:
        if problem.matches(error):
            return problem
    # psycopg sets no SQLSTATE for failed and broken connections.
    stateless = getattr(error.__cause__, "sqlstate", "unknown") in (None, "")
    return (
        UNREACHABLE if stateless and isinstance(error, OperationalError | InterfaceError) else None
    )


def error_sentence(error: DatabaseError) -> str:
    """One sentence for the terminal, with the database's message where it adds information."""
    problem = find_problem(error)
    detail = " ".join(str(error).split())
    if problem is None:
        text = _("The database did not answer as it should: %(error)s Run the command again.")
        return text % {"error": detail}
    if problem in FILE_PROBLEMS:
        detail = str(connection.settings_dict["NAME"])
    return f"{problem} ({detail})" if problem in (UNREACHABLE, *FILE_PROBLEMS) else str(problem)


class OmitTraceback(logging.Filter):
    """Removes the traceback from log records of database problems and of disallowed hosts.

    They do not indicate a bug, and scanners of the internet would fill the disk.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DatabaseError) and (problem := find_problem(error)):
            with translation.override("en"):
                record.msg, record.args = f"{record.getMessage()} {problem}", ()
            record.exc_info = record.exc_text = None
        elif isinstance(error, DisallowedHost):
            record.exc_info = record.exc_text = None
        return True
