"""Times and sentences as text, the same on pages, in commands and in messages."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def format_datetime(when: datetime | None) -> str:
    """A local date with its time; a dash for None."""
    return date_format(timezone.localtime(when), "Y-m-d H:i") if when else "–"


def join_sentences(first: str, second: str) -> str:
    """Both, or the one that is not empty."""
    if not (first and second):
        return first or second
    # Translators: two sentences, one after the other.
    return _("%(first)s %(second)s") % {"first": first, "second": second}
