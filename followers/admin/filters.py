"""The follower list's filters: what they share, and those on what the sync knows by itself.

The theme's own date filters ignore what they cannot read and so widen a bulk action to everybody,
and its related filters offer every account. These refuse: what cannot be read matches nobody.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.models import Follower, OfficialAccount
from followers.rows.dialect import dialect

ACCOUNT = "account__id__exact"
STATUS = "subscribed__exact"
TAG = "tags__id__exact"
STATUSES = {"1": gettext_lazy("Following"), "0": gettext_lazy("Unfollowed")}


def own_accounts(request: HttpRequest) -> dict[int, str]:
    """Keys and names of the accounts that the user sees; read once for each request."""
    found: dict[int, str] | None = getattr(request, "own_accounts", None)
    if found is None:
        accounts = OfficialAccount.objects.visible_to(request.user)
        found = dict(accounts.values_list("pk", "name"))
        request.own_accounts = found  # type: ignore[attr-defined]
    return found


def chosen_account(request: HttpRequest) -> int | None:
    """The one account that the list covers; None while there are several, or none."""
    own = list(own_accounts(request))
    if chosen := request.GET.get(ACCOUNT, "").strip():
        return next((pk for pk in own if str(pk) == chosen), None)
    return own[0] if len(own) == 1 else None


def only_account(request: HttpRequest) -> OfficialAccount | None:
    """As `chosen_account`, the account itself."""
    pk = chosen_account(request)
    return None if pk is None else OfficialAccount.objects.filter(pk=pk).first()


def of_accounts(
    request: HttpRequest, queryset: QuerySet[Follower], keys: list[int]
) -> QuerySet[Follower]:
    """Those of `queryset` who follow one of these accounts.

    SQLite, which keeps no statistics, would go through all followers of the account and look up
    the tag of each, instead of the other way round, if the account could be found by index.
    """
    if TAG in request.GET and not dialect().keeps_statistics:
        return queryset.alias(owner=Coalesce("account_id", 0)).filter(owner__in=keys)
    # Keys, not a subquery: with one account the planner reads its index in the list's order.
    return queryset.filter(account_id__in=keys)


def parse_day(text: str) -> date | None:
    """A day written YYYY-MM-DD, None for an empty text; ValueError for anything else."""
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    day = date.fromisoformat(text)
    # Beyond these a day in one time zone is a year that does not exist in another.
    if not 1900 <= day.year <= 9000:
        raise ValueError(text)
    return day


def midnight(day: date) -> datetime:
    """The moment at which a day begins in TIME_ZONE."""
    return timezone.make_aware(datetime.combine(day, time.min))


class FollowerFilter(admin.ListFilter):
    """A filter that knows which parameters it has and why it cannot read them (`problem`)."""

    parameters: tuple[str, ...] = ()
    problem = ""

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        given = {name: params.pop(name, [""])[-1].strip() for name in self.parameters}
        self.given = {name: value for name, value in given.items() if value}
        self.used_parameters.update(self.given)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        if self.problem:
            return queryset.none()
        return self.narrowed(queryset) if self.given else queryset

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        """The rows that match; only called for parameters that are given and could be read."""
        raise NotImplementedError


class ChoiceFilter(FollowerFilter):
    """One of a few values, in a menu."""

    template = "admin/followers/follower/filter_choice.html"
    options: list[tuple[str, str]]

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.name = self.parameters[0]
        self.value = self.given.get(self.name, "")
        self.options = self.offered(request)
        if self.value and self.value not in dict(self.options):
            self.problem = _("The filter “%(name)s” has no value “%(value)s”.") % {
                "name": self.title,
                "value": Truncator(self.value).chars(40),
            }

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        raise NotImplementedError

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        return queryset.filter(**{self.name: self.value})


class AccountFilter(ChoiceFilter):
    title = gettext_lazy("account")
    parameters = (ACCOUNT,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in own_accounts(request).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        if self.problem:
            return queryset.none()
        return of_accounts(request, queryset, [int(self.value)]) if self.value else queryset

    def has_output(self) -> bool:
        return len(self.options) > 1 or bool(self.value)


class StatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameters = (STATUS,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in STATUSES.items()]

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        # Written as the partial index on those who have left writes it.
        return queryset.filter(subscribed=self.value == "1")


class DayRangeFilter(FollowerFilter):
    """From one local day to another, both included."""

    template = "admin/followers/follower/filter_days.html"
    field = ""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.following = request.GET.get(STATUS) == "1"
        self.days: dict[str, date | None] = {}
        for name in self.parameters:
            try:
                self.days[name] = parse_day(self.given.get(name, ""))
            except ValueError:
                text = _("“%(name)s”: “%(value)s” is not a date. Write it like 2024-10-31.")
                value = Truncator(self.given[name]).chars(40)
                self.problem = text % {"name": self.title, "value": value}
        first, last = (self.days.get(name) for name in self.parameters)
        if first and last and first > last:
            text = _("“%(name)s”: the first day lies after the last.")
            self.problem = text % {"name": self.title}

    @property
    def inputs(self) -> list[tuple[str, str, str]]:
        """Parameter, label and value of the two fields. A date field shows no value but a date."""
        labels = (_("From"), _("To"))
        return [
            (name, label, day.isoformat() if (day := self.days.get(name)) else "")
            for name, label in zip(self.parameters, labels, strict=True)
        ]

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        first, last = (self.days[name] for name in self.parameters)
        if first:
            queryset = queryset.filter(**{f"{self.field}__gte": midnight(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field}__lt": midnight(last + timedelta(days=1))})
        return queryset


class FirstSeenFilter(DayRangeFilter):
    title = gettext_lazy("first seen")
    field = "first_seen_at"
    parameters = ("first_seen_from", "first_seen_to")


class LeftFilter(DayRangeFilter):
    """Who left in these days and is still gone; among those who follow, who has come back since."""

    title = gettext_lazy("unfollowed on")
    field = "unsubscribed_at"
    parameters = ("left_from", "left_to")

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        if not self.following:
            # The index on dates holds those who are gone.
            queryset = queryset.filter(subscribed=False)
        return super().narrowed(queryset)
