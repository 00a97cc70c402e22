"""What commands that work on one account say when something is amiss."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from tqdm import tqdm

from ..models import OfficialAccount


def the_account(app_id: str) -> OfficialAccount:
    """The account with this AppID; without one the command ends with status 2."""
    account = OfficialAccount.objects.filter(app_id=app_id).first()
    if account is None:
        raise CommandError(
            _("There is no account with the AppID %(app_id)s.") % {"app_id": app_id}, returncode=2
        )
    return account


@contextmanager
def in_words() -> Iterator[None]:
    """A database or a file that fails ends the command with a sentence and status 1."""
    try:
        yield
    except DatabaseError as error:
        message = _(
            "The database did not answer as it should: %(error)s Is it migrated "
            "(manage.py migrate)? Otherwise run the command again."
        )
        raise CommandError(message % {"error": error}) from None
    except OSError as error:
        message = _("The output could not be written: %(error)s")
        raise CommandError(message % {"error": error.strerror or error}) from None


def progress_bar(total: int | None, unit: str, *, quiet: bool) -> "tqdm[Any]":
    """A bar where somebody sees it: in a file or a mail it would be hundreds of lines."""
    disable = quiet or not sys.stderr.isatty()
    return tqdm(total=total, unit=unit, file=sys.stderr, disable=disable)
