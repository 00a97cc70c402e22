"""What commands that work on one account say when something is amiss."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from ..models import OfficialAccount
from ..trouble import in_one_sentence, known_trouble


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
        raise CommandError(in_one_sentence(error)) from None
    except OSError as error:
        if trouble := known_trouble(error):
            raise CommandError(str(trouble)) from None
        message = _("The output could not be written: %(error)s")
        raise CommandError(message % {"error": error.strerror or error}) from None
