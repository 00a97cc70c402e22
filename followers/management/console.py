"""Arguments, errors and progress bars that commands share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from tqdm import tqdm

from ..accounts.access import OPERATOR, accounts_of
from ..database_errors import error_sentence
from ..models import OfficialAccount


def get_account(app_id: str) -> OfficialAccount:
    """The account with this AppID. Raises CommandError with status 2 if there is none."""
    # One that is no UTF-8 reaches Python as something that no database takes, nor a terminal.
    app_id = app_id.encode(errors="replace").decode()
    account = accounts_of(OPERATOR).filter(app_id=app_id).first()
    if account is None:
        raise CommandError(
            _("There is no account with the AppID %(app_id)s.") % {"app_id": app_id}, returncode=2
        )
    return account


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn database and file errors into a CommandError with a sentence and status 1."""
    try:
        yield
    except DatabaseError as error:
        raise CommandError(error_sentence(error)) from None
    except UnicodeEncodeError:
        # Of bytes that are no UTF-8, Python makes what no database takes, nor a terminal.
        raise CommandError(_("A value holds bytes that are no UTF-8."), returncode=2) from None
    except OSError as error:
        message = _("The output could not be written: %(error)s")
        raise CommandError(message % {"error": error.strerror or error}) from None


def progress_bar(total: int | None, unit: str, *, quiet: bool) -> "tqdm[Any]":
    """A bar on standard error if it is a terminal: files and mails get nothing of it."""
    hidden = quiet or not sys.stderr.isatty()
    return tqdm(total=total or None, unit=f" {unit}", file=sys.stderr, disable=hidden)


def update_bar(bar: "tqdm[Any]", done: int) -> None:
    bar.n = done
    bar.refresh()
