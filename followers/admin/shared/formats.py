"""Numbers, times and durations as text."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.formats import format_datetime


def format_number(value: int) -> str:
    """A count with separators: 23,000. Django's Chinese format has none."""
    return f"{value:,}"


def followers_label(count: int) -> str:
    """The label below a follower count."""
    return ngettext("person follows this account", "people follow this account", count)


def natural_datetime(value: datetime | None) -> str:
    """The time for a moment of today, date and time for others; '' for None."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if local.date() == timezone.localdate():
        return _("today %(time)s") % {"time": date_format(local, "H:i")}
    return format_datetime(value)


def format_until(value: datetime | None) -> str:
    """When something resumes: the coming midnight is "midnight tonight", not 0:00 of tomorrow."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    tomorrow = timezone.localdate() + timedelta(days=1)
    if local.date() == tomorrow and (local.hour, local.minute) == (0, 0):
        return _("midnight tonight")
    return natural_datetime(value)


def format_duration(length: timedelta) -> str:
    """A duration in its two largest units: 3 min 20 s."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 3600:
        return _unit(_("%(number)d min"), seconds // 60, _("%(number)d s"), seconds % 60)
    return _unit(_("%(number)d h"), seconds // 3600, _("%(number)d min"), seconds % 3600 // 60)


def _unit(large: str, whole: int, small: str, rest: int) -> str:
    """Both units, or the larger one alone if the rest is 0."""
    parts = [large % {"number": whole}] + [small % {"number": rest}] * bool(rest)
    return " ".join(parts)
