"""The parameters of a follower list, parsed: their problems, queryset and words."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from ..models import Follower, Segment
from .channels import ChannelFilter, ChannelGroupFilter
from .choices import AccountFilter, BlacklistFilter, RemarkFilter, SourceFilter, StatusFilter
from .days import FirstSeenFilter, FollowedFilter, LeftFilter
from .filter import (
    ACCOUNT,
    TAG,
    Condition,
    Filter,
    Followers,
    OpenedSegment,
    Params,
    Scope,
    of_accounts,
    shortened,
)
from .saved import MAX_DEPTH, SavedFilter, Shelf, chosen_segments, segment_params
from .search import SearchFilter
from .subscriptions import SubscriptionFilter
from .tags import TagFilter

FILTERS: tuple[type[Filter], ...] = (
    SearchFilter,
    AccountFilter,
    SavedFilter,
    StatusFilter,
    TagFilter,
    SourceFilter,
    ChannelFilter,
    ChannelGroupFilter,
    FollowedFilter,
    FirstSeenFilter,
    LeftFilter,
    SubscriptionFilter,
    BlacklistFilter,
    RemarkFilter,
)
"""In the order in which a page offers them."""

_KNOWN_PARAMETERS = {name for kind in FILTERS for name in kind.parameters}
# Parameters about the display of a list, not about its content.
VIEW_PARAMETERS = {"o", "p", "all", "_popup", "_facets"}
# Conditions of these widgets come last, in this order.
_LAST_WIDGETS = {"tags": 1, "days": 2}


F = TypeVar("F", bound=Filter)


class FollowerQuery:
    """problems: why parameters are invalid; then no follower matches.

    accounts: names of the allowed accounts by key. names: see Scope. segments: those that may be
    named. outer: keys of the segments of which this is the query, from the outside.
    """

    scope: Scope

    def __init__(
        self,
        params: Params,
        accounts: Mapping[int, str],
        names: Mapping[str, Mapping[str, str]] | None = None,
        segments: Shelf | None = None,
        outer: tuple[int, ...] = (),
    ) -> None:
        given = {name: list(it) for name, it in params.items() if name not in VIEW_PARAMETERS}
        self.params = {name: values for name, values in given.items() if any(values)}
        self.unknown_parameters = [name for name in given if name not in _KNOWN_PARAMETERS]
        tagged = any(value.strip() for value in given.get(TAG, ()))
        opened = {}
        if segments is not None:
            found = segments.found(chosen_segments(self.params), accounts)
            inner = {key: self._open(it, accounts, segments, outer) for key, it in found.items()}
            tagged = tagged or any(it.scope.tagged for it in inner.values() if it)
            opened = {key: _opened(it, inner[key], outer) for key, it in found.items()}
        self.scope = Scope(accounts, self._account(accounts), tagged, names or {}, opened)
        self.filters = [kind(self.params, self.scope) for kind in FILTERS]

    def _open(
        self,
        segment: Segment,
        accounts: Mapping[int, str],
        segments: Shelf,
        outer: tuple[int, ...],
    ) -> "FollowerQuery | None":
        """The segment's own query; None if it is within itself, or too deep within others."""
        if segment.pk in outer or len(outer) >= MAX_DEPTH:
            return None
        own = {segment.account_id: accounts[segment.account_id]}
        return FollowerQuery(
            segment_params(segment), own, segments=segments, outer=(*outer, segment.pk)
        )

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

    def followers(self, queryset: Followers | None = None) -> Followers:
        """The followers that match, of these or of all in the allowed accounts."""
        found = queryset
        if found is None:
            own = list(self.scope.accounts)
            found = of_accounts(Follower.objects.all(), own, tagged=self.scope.tagged)
        if self.problems:
            return found.none()
        return self.narrow(found)

    def narrow(self, followers: Followers) -> Followers:
        """Those that match, if there is no problem."""
        for it in self.filters:
            followers = it.narrow(followers)
        return followers

    def conditions(self) -> list[Condition]:
        """The conditions in the active language; unknown parameters as they are."""
        ordered = sorted(self.filters, key=lambda it: _LAST_WIDGETS.get(it.widget, 0))
        known = [condition for it in ordered for condition in it.conditions()]
        return known + [
            Condition(f"{name} = {self.params[name][-1].strip()}", (name,))
            for name in self.unknown_parameters
            if name in self.params
        ]

    def without(self, condition: Condition) -> dict[str, list[str]]:
        """The parameters without those of a condition."""
        if condition.value is None:
            gone: dict[str, list[str]] = {name: [] for name in condition.parameters}
        else:
            (name,) = condition.parameters
            gone = {name: [it for it in self.params[name] if it != condition.value]}
        return {name: values for name, values in (self.params | gone).items() if values}

    def as_log_entry(self) -> dict[str, Any]:
        """The query for the log of exports.

        With names of tags, which may be deleted later, and with segments as they are now.
        """
        tags = self.filter(TagFilter)
        names = {value: tags.names[value] for value in tags.chosen if value in tags.names}
        saved = self.filter(SavedFilter).as_log_entry()
        found = {"tags": names, "segments": saved}
        return {"params": self.params} | {key: it for key, it in found.items() if it}

    def filter(self, kind: type[F]) -> F:
        return next(it for it in self.filters if isinstance(it, kind))


def _opened(segment: Segment, query: FollowerQuery | None, outer: tuple[int, ...]) -> OpenedSegment:
    if query is not None:
        return OpenedSegment(segment, query)
    text = _("The segment “%(name)s” contains itself, so nobody can be in it.")
    if segment.pk not in outer:
        text = _("The segment “%(name)s” lies too deep within other segments.")
    return OpenedSegment(segment, None, text % {"name": shortened(segment.name)})
