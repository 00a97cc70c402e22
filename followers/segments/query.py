"""The parameters of a follower list, parsed: their problems, queryset and words."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from ..models import Follower
from .channels import (
    ChannelFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    ChannelNameFilter,
)
from .choices import (
    ALL,
    FOLLOWING,
    LEFT,
    AccountFilter,
    BlacklistFilter,
    NoteFilter,
    RemarkFilter,
    SourceFilter,
    StatusFilter,
    UnionidFilter,
)
from .days import FirstSeenFilter, FollowedFilter, LeftFilter
from .filter import (
    ACCOUNT,
    STATUS,
    Condition,
    Filter,
    Followers,
    Params,
    Scope,
    of_accounts,
    without_value,
)
from .people import ElsewhereFilter, StaleDetailsFilter
from .search import SearchFilter
from .subscriptions import SubscriptionFilter
from .tags import TagFilter, joins_tags

FILTERS: tuple[type[Filter], ...] = (
    SearchFilter,
    AccountFilter,
    StatusFilter,
    TagFilter,
    SourceFilter,
    ChannelFilter,
    ChannelNameFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    FollowedFilter,
    FirstSeenFilter,
    LeftFilter,
    SubscriptionFilter,
    UnionidFilter,
    RemarkFilter,
    NoteFilter,
    BlacklistFilter,
    StaleDetailsFilter,
    ElsewhereFilter,
)
"""In the order in which a page offers them."""

_KNOWN_PARAMETERS = {name for kind in FILTERS for name in kind.parameters}
# Parameters about the display of a list, not about its content.
VIEW_PARAMETERS = {"o", "p", "size", "all", "_popup", "_facets"}
# Conditions of these widgets come last, in this order.
_LAST_WIDGETS = {"tags": 1, "days": 2}


F = TypeVar("F", bound=Filter)


class FollowerQuery:
    """problems: why parameters are invalid; then no follower matches.

    accounts: names of the allowed accounts by key. names, my_accounts: see Scope.
    """

    def __init__(
        self,
        params: Params,
        accounts: Mapping[int, str],
        names: Mapping[str, Mapping[str, str]] | None = None,
        my_accounts: Collection[int] | None = None,
    ) -> None:
        given = {name: list(it) for name, it in params.items() if name not in VIEW_PARAMETERS}
        self.params = {name: values for name, values in given.items() if any(values)}
        self.unknown_parameters = [name for name in given if name not in _KNOWN_PARAMETERS]
        account, tagged = self._account(accounts), joins_tags(self.params)
        self.scope = Scope(accounts, account, tagged, names or {}, my_accounts)
        self.filters = [kind(self.params, self.scope) for kind in FILTERS]

    def _account(self, accounts: Mapping[int, str]) -> int | None:
        """The only account of the query; None for several, or none."""
        given = self.params.get(ACCOUNT, [""])[-1].strip()
        if given:
            return next((pk for pk in accounts if str(pk) == given), None)
        return next(iter(accounts)) if len(accounts) == 1 else None

    @cached_property
    def problems(self) -> list[str]:
        joined = "".join(value for values in self.params.values() for value in values)
        # Surrogate escapes: bytes that the terminal's encoding could not decode.
        if any("\ud800" <= character <= "\udfff" for character in joined):
            return [_("The address holds a value that cannot be read, so nothing is shown.")]
        text = _("There is no filter “%(name)s”.")
        unknown = [text % {"name": name} for name in self.unknown_parameters]
        return [it.problem for it in self.filters if it.problem] + unknown

    def followers(
        self, queryset: Followers | None = None, *, any_status: bool = False
    ) -> Followers:
        """The followers that match, of these or of all in the allowed accounts.

        any_status: also those who match but for their status.
        """
        found = queryset
        if found is None:
            own = list(self.scope.accounts)
            found = of_accounts(Follower.objects.all(), own, tagged=self.scope.tagged)
        if self.problems:
            return found.none()
        for it in self.filters:
            if not (any_status and isinstance(it, StatusFilter)):
                found = it.narrow(found)
        return found

    def conditions(self) -> list[Condition]:
        """The conditions in the active language; unknown parameters as they are."""
        ordered = sorted(self.filters, key=lambda it: _LAST_WIDGETS.get(it.widget, 0))
        known = [condition for it in ordered for condition in it.conditions()]
        return known + [
            Condition(f"{name} = {self.params[name][-1].strip()}", (name,))
            for name in self.unknown_parameters
            if name in self.params
        ]

    def words(self) -> list[str]:
        """The conditions as texts, also that they follow; without the account and alternatives.

        What an alternative adds is in the text of the condition that it widens.
        """
        texts = [] if self.status.value != FOLLOWING else [self.status.value_text()]
        for it in self.conditions():
            if it.is_alternative:
                texts[-1] = f"{texts[-1]} {it.text}"
            elif it.parameters != (ACCOUNT,):
                texts.append(it.text)
        return texts

    def without(self, condition: Condition) -> dict[str, list[str]]:
        """The parameters without those of a condition."""
        left = dict(self.params)
        for name in condition.parameters:
            values = left.pop(name, [])
            if condition.value is not None and (
                kept := without_value(values, name, condition.value)
            ):
                left[name] = kept
        return left

    def as_log_entry(self) -> dict[str, Any]:
        """The query for the log of exports; with names of tags, which may be deleted later.

        The status is part of it: entries of earlier versions have none if they meant everybody.
        """
        tags = self.filter(TagFilter)
        names = {value: tags.names[value] for value in tags.chosen if value in tags.names}
        params = {STATUS: [self.status.value]} | self.params
        return {"params": params} | ({"tags": names} if names else {})

    @property
    def status(self) -> StatusFilter:
        return self.filter(StatusFilter)

    @property
    def of_those_who_left(self) -> str:
        """The address of the same list of those who left; "" unless it has those who follow."""
        return self._with_status(LEFT)

    @property
    def of_everybody(self) -> str:
        """As `of_those_who_left`, of everybody."""
        return self._with_status(ALL)

    @property
    def days_of_leaving(self) -> bool:
        return bool(self.filter(LeftFilter).given)

    def _with_status(self, status: str) -> str:
        if self.status.value != FOLLOWING:
            return ""
        return f"?{urlencode({**self.params, STATUS: status}, doseq=True)}"

    def filter(self, kind: type[F]) -> F:
        return next(it for it in self.filters if isinstance(it, kind))
