"""What a database that refuses means, whichever it is, and what helps."""

import logging
from dataclasses import dataclass

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Trouble:
    """`states`: beginnings of PostgreSQL's SQLSTATE. `names`: of SQLite's result codes. `words`:
    of messages that come without a code of their own."""

    meaning: str | Promise
    advice: str | Promise
    states: tuple[str, ...]
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def fits(self, error: BaseException) -> bool:
        driver = error.__cause__ or error
        state = getattr(driver, "sqlstate", None) or ""
        name = getattr(driver, "sqlite_errorname", "")
        text = str(error)
        return (
            state.startswith(self.states)
            or bool(self.names and name.startswith(self.names))
            or any(words in text for words in self.words)
        )

    def __str__(self) -> str:
        return f"{self.meaning} {self.advice}"


# The first that fits.
NOT_MIGRATED = Trouble(
    gettext_lazy("The database is not migrated."),
    gettext_lazy("Run “manage.py migrate”, then try again."),
    states=("42P01", "42703"),
    words=("no such table", "no such column", "has no column named"),
)
FULL = Trouble(
    gettext_lazy("The disk that holds the database is full."),
    gettext_lazy("Make room on it, then try again."),
    states=("53100",),
    names=("SQLITE_FULL",),
    words=("database or disk is full", "No space left on device"),
)
READ_ONLY = Trouble(
    gettext_lazy("The database can be read, but not written to."),
    gettext_lazy(
        "The user who runs this must be allowed to write to it (with SQLite, to the file and its "
        "folder). Then try again."
    ),
    states=("25006", "42501"),
    names=("SQLITE_READONLY", "SQLITE_PERM"),
    words=("readonly database",),
)
LOCKED = Trouble(
    gettext_lazy("Another program keeps the database locked."),
    gettext_lazy("Try again in a while."),
    states=("55P03", "40P01"),
    names=("SQLITE_BUSY", "SQLITE_LOCKED"),
    words=("database is locked", "database table is locked"),
)
CLOSED = Trouble(
    gettext_lazy("The file of the database cannot be opened."),
    gettext_lazy(
        "Check that DATABASE_URL names it, and that the user who runs this may write to it and "
        "to its folder. Then try again."
    ),
    states=(),
    names=("SQLITE_CANTOPEN",),
    words=("unable to open database file",),
)
NO_DATABASE = Trouble(
    gettext_lazy("The file of the database is no SQLite database."),
    gettext_lazy(
        "Let DATABASE_URL name the database of wxadmin, or a file that does not exist yet, then "
        "try again."
    ),
    states=(),
    names=("SQLITE_NOTADB",),
    words=("file is not a database",),
)
AWAY = Trouble(
    gettext_lazy("The database cannot be reached."),
    gettext_lazy("Check that it runs and that DATABASE_URL is right, then try again."),
    states=("08", "57P", "53300", "28", "3D000"),
)
TROUBLES = (NOT_MIGRATED, FULL, READ_ONLY, LOCKED, CLOSED, NO_DATABASE, AWAY)
# What is amiss is which file it is: people at a terminal are told; pages name no paths.
OF_A_FILE = (CLOSED, NO_DATABASE)


def known_trouble(error: BaseException) -> Trouble | None:
    """Which of the usual troubles this is; None for all else, which may be our own mistake."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    for trouble in TROUBLES:
        if trouble.fits(error):
            return trouble
    # psycopg has no SQLSTATE for connections that fail or break.
    stateless = getattr(error.__cause__, "sqlstate", "unknown") in (None, "")
    return AWAY if stateless and isinstance(error, OperationalError | InterfaceError) else None


def in_one_sentence(error: DatabaseError) -> str:
    """For people at a terminal, with what the database itself says where that tells more."""
    trouble = known_trouble(error)
    detail = " ".join(str(error).split())
    if trouble is None:
        said = _("The database did not answer as it should: %(error)s Run the command again.")
        return said % {"error": detail}
    if trouble in OF_A_FILE:
        detail = str(connection.settings_dict["NAME"])
    return f"{trouble} ({detail})" if trouble in (AWAY, *OF_A_FILE) else str(trouble)


class WithoutTraceback(logging.Filter):
    """The usual troubles of a database, and hosts that are refused, are one line in the log.

    Nothing in our code is amiss, and whoever scans the internet would fill the disk.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DatabaseError) and (trouble := known_trouble(error)):
            with translation.override("en"):
                record.msg, record.args = f"{record.getMessage()} {trouble}", ()
            record.exc_info = record.exc_text = None
        elif isinstance(error, DisallowedHost):
            record.exc_info = record.exc_text = None
        return True
