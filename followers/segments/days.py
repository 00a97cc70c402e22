"""Filters by ranges of days."""

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from .choices import ALL, StatusFilter
from .filter import Condition, Filter, Followers, Params, Scope, shortened
from .relative_days import dates, days_within, when


def parse_day(text: str) -> date | None:
    """A day written YYYY-MM-DD; None for an empty text. Raises ValueError for anything else."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    # Days beyond these may not exist in another time zone.
    if not 1900 <= day.year <= 9000:
        raise ValueError(text)
    return day


def start_of_day(day: date) -> datetime:
    """The moment at which a day begins in TIME_ZONE."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _is_day(text: str) -> bool:
    try:
        return parse_day(text) is not None
    except ValueError:
        return False


def _day_words(text: str) -> str:
    try:
        day = parse_day(text)
    except ValueError:
        return Truncator(text).chars(40)
    return date_format(day, "Y-m-d") if day else ""


class DayRangeFilter(Filter):
    """From one local day to another, both included; the names of the two parameters come first."""

    widget = "days"
    field: ClassVar[str]

    @property
    def has_index(self) -> bool:
        return bool(self.given)

    @cached_property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day. Raises ValueError for an invalid day."""
        first, last = (parse_day(self.given.get(name, "")) for name in self.parameters[:2])
        return first, last

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """When the first day begins, and the day after the last."""
        return _moments(*self.days)

    @property
    def inputs(self) -> list[tuple[str, str, str]]:
        """Parameter, label and value of the two fields; an invalid value is shown as ""."""
        labels = (_("From"), _("To"))
        return [
            (name, label, value if _is_day(value := self.given.get(name, "")) else "")
            for name, label in zip(self.parameters[:2], labels, strict=True)
        ]

    @cached_property
    def problem(self) -> str:
        for value in (self.given[name] for name in self.parameters[:2] if name in self.given):
            if not _is_day(value):
                facts = {"name": self.title, "value": Truncator(value).chars(40)}
                text = _("“%(name)s”: “%(value)s” is not a date. Write it like 2024-10-31.")
                return text % facts
        first, last = self.days
        if first and last and first > last:
            return _("“%(name)s”: the first day lies after the last.") % {"name": self.title}
        return ""

    def narrow(self, followers: Followers) -> Followers:
        return self.narrow_to(followers, *self.moments)

    def narrow_to(
        self, followers: Followers, start: datetime | None, end: datetime | None
    ) -> Followers:
        if start:
            followers = followers.filter(**{f"{self.field}__gte": start})
        if end:
            followers = followers.filter(**{f"{self.field}__lt": end})
        return followers

    def conditions(self) -> Iterator[Condition]:
        first, last = (_day_words(self.given.get(name, "")) for name in self.parameters[:2])
        if not first and not last:
            return
        text = {
            (True, True): _("%(what)s: %(first)s to %(last)s"),
            (True, False): _("%(what)s: since %(first)s"),
            (False, True): _("%(what)s: until %(last)s"),
        }[bool(first), bool(last)]
        what = {"what": str(self.title).capitalize(), "first": first, "last": last}
        yield Condition(text % what, self.parameters[:2])


def _moments(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    return (
        start_of_day(first) if first else None,
        start_of_day(last + timedelta(days=1)) if last else None,
    )


class RecentDaysFilter(DayRangeFilter):
    """Also days relative to today, the third parameter; if both are given, both hold."""

    verb: ClassVar[Promise]

    @property
    def within(self) -> str:
        return self.given.get(self.parameters[2], "")

    @cached_property
    def recent_days(self) -> tuple[date, date]:
        """The days relative to today, always the same. Raises ValueError."""
        return days_within(self.within, timezone.localdate())

    @cached_property
    def problem(self) -> str:
        try:
            if self.within:
                self.recent_days  # noqa: B018 (raises)
        except ValueError:
            text = _(
                "“%(name)s”: there are no days “%(value)s”. Write 7d, today, yesterday, this_month"
                " or last_month; at most 3650d."
            )
            return text % {"name": self.title, "value": Truncator(self.within).chars(40)}
        return super().problem

    def narrow(self, followers: Followers) -> Followers:
        followers = super().narrow(followers)
        return self.narrow_to(followers, *_moments(*self.recent_days)) if self.within else followers

    def conditions(self) -> Iterator[Condition]:
        yield from super().conditions()
        if self.within:
            yield Condition(self._recent_words(), self.parameters[2:])

    def _recent_words(self) -> str:
        try:
            facts = {"dates": dates(*self.recent_days), "when": when(self.within)}
        except ValueError:
            facts = {"what": str(self.title).capitalize(), "value": shortened(self.within)}
            return _("%(what)s: %(value)s") % facts
        return _("%(verb)s %(when)s (%(dates)s)") % {**facts, "verb": self.verb}


class FollowedFilter(RecentDaysFilter):
    title = gettext_lazy("followed on")
    verb = pgettext_lazy("when", "Followed")
    field = "subscribe_time"
    parameters = ("followed_from", "followed_to", "followed_within")

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        return self.narrow_few(followers)

    def narrow_few(self, followers: Followers) -> Followers:
        return self.beside_tags(joined=False).narrow(followers)

    def beside_tags(self, *, joined: bool) -> "FollowedFilter":
        """The same for a query that joins the tags of followers, or that does not."""
        found = copy(self)
        found.scope = replace(self.scope, tagged=joined)
        return found

    def narrow_to(
        self, followers: Followers, start: datetime | None, end: datetime | None
    ) -> Followers:
        if not start and not end:
            return followers
        # The same of the columns by which lists are ordered and which have the indexes.
        names = ["followed_at"]
        if self.scope.tagged:
            followers = followers.alias(tagged_followed_at=F("followertag__followed_at"))
            names.append("tagged_followed_at")
        for name in names:
            if start:
                followers = followers.filter(**{f"{name}__gte": start})
            if end:
                followers = followers.filter(**{f"{name}__lt": end})
        return super().narrow_to(followers.filter(subscribe_time__isnull=False), start, end)


class FirstSeenFilter(RecentDaysFilter):
    title = gettext_lazy("first seen")
    verb = pgettext_lazy("when", "First seen")
    field = "first_seen_at"
    parameters = ("first_seen_from", "first_seen_to", "first_seen_within")


class LeftFilter(RecentDaysFilter):
    """Whose last leaving was in these days; if they follow, they have returned since."""

    title = gettext_lazy("unfollowed on")
    verb = pgettext_lazy("when", "Unfollowed")
    field = "unsubscribed_at"
    parameters = ("left_from", "left_to", "left_within")

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._status = StatusFilter(params, scope)
        self.is_of_everybody = self._status.value == ALL

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        """Of the index of those who left, or of that of those who returned."""
        return self.narrow(self._status.narrow(followers))

    def narrow(self, followers: Followers) -> Followers:
        if self.given and self.is_of_everybody:
            # True of everybody who ever left; in the form of the two partial indexes' conditions.
            returned = Q(subscribed=True, unsubscribed_at__isnull=False)
            followers = followers.filter(Q(subscribed=False) | returned)
        return super().narrow(followers)
