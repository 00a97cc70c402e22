"""Days relative to today: the last seven, this month. Uses the standard library and words."""

import re
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# How far back the last days may go; also that the first of them is always a date.
MAX_DAYS = 3_650
_LAST_DAYS = re.compile(r"([1-9][0-9]{0,3})d")


def days_within(value: str, today: date) -> tuple[date, date]:
    """The first and last day of "7d" (today and the six before), "today", "yesterday",
    "this_month" (until today) or "last_month". Raises ValueError for anything else.
    """
    if number := number_of_days(value):
        return today - timedelta(days=number - 1), today
    if value == "today":
        return today, today
    if value == "yesterday":
        return (day := today - timedelta(days=1)), day
    first = today.replace(day=1)
    if value == "this_month":
        return first, today
    if value == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    raise ValueError(value)


def number_of_days(value: str) -> int | None:
    """7 of "7d"; None for what is no such number of days."""
    found = _LAST_DAYS.fullmatch(value)
    number = int(found[1]) if found else 0
    return number if 0 < number <= MAX_DAYS else None


def when(value: str) -> str:
    """A valid value in words: "in the last 7 days"."""
    if number := number_of_days(value):
        return ngettext("in the last day", "in the last %(count)s days", number) % {"count": number}
    return {
        "today": _("today"),
        "yesterday": _("yesterday"),
        "this_month": _("this month"),
        "last_month": _("last month"),
    }[value]


def dates(first: date, last: date) -> str:
    """The days without their year if it is the same: 11-21 to 11-27."""
    pattern = "%m-%d" if first.year == last.year else "%Y-%m-%d"
    if first == last:
        return f"{first:{pattern}}"
    facts = {"first": f"{first:{pattern}}", "last": f"{last:{pattern}}"}
    return _("%(first)s to %(last)s") % facts
