"""The parameters of a follower list, parsed: their problems, queryset and words."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from ..files.cells import plain
from ..models import Follower, Segment
from .channels import (
    ChannelFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    ChannelNameFilter,
)
from .choices import (
    ALL,
    FOLLOWING,
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
    SEARCH,
    SEGMENT,
    STATUS,
    TAG,
    Condition,
    Filter,
    Followers,
    Params,
    Scope,
    of_accounts,
    without_value,
)
from .lookups import Lookups
from .people import ElsewhereFilter, StaleDetailsFilter
from .saved import (
    MAX_DEPTH,
    SavedFilter,
    Shelf,
    chosen_segments,
    kept_segment_names,
    opened_segment,
    segment_params,
)
from .search import SearchFilter
from .subscriptions import SubscriptionFilter
from .tags import TagFilter, joins_tags
from .texts import is_unreadable

FILTERS: tuple[type[Filter], ...] = (
    SearchFilter,
    AccountFilter,
    SavedFilter,
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

    accounts: names of the allowed accounts by key. names, my_accounts: see Scope. segments: those
    that may be named. outer: keys of the segments of which this is the query, from the outside.
    """

    scope: Scope

    def __init__(
        self,
        params: Params,
        accounts: Mapping[int, str],
        names: Mapping[str, Mapping[str, str]] | None = None,
        my_accounts: Collection[int] | None = None,
        segments: Shelf | None = None,
        outer: tuple[int, ...] = (),
    ) -> None:
        given = {name: list(it) for name, it in params.items() if name not in VIEW_PARAMETERS}
        self.params = {
            name: values
            for name, values in given.items()
            if any(values) and not (name == SEARCH and _is_unseen(values))
        }
        self.unknown_parameters = [name for name in given if name not in _KNOWN_PARAMETERS]
        known = dict(names or {})
        opened, tagged = {}, joins_tags(self.params)
        status = FOLLOWING
        if segments is not None:
            chosen = chosen_segments(self.params)
            found = segments.found(chosen, accounts)
            if not outer and (kept := segments.kept_names(set(chosen) - found.keys())):
                known[SEGMENT] = kept
            inner = {
                key: own_query(it, accounts, segments, my_accounts, outer)
                for key, it in found.items()
            }
            queries = [it for it in inner.values() if it]
            tagged = tagged or any(it.scope.tagged for it in queries)
            opened = {key: opened_segment(it, inner[key], outer) for key, it in found.items()}
            status = _status_of(queries)
        account = self._account(accounts)
        lookups = segments.lookups if segments else Lookups()
        self.scope = Scope(accounts, account, tagged, known, my_accounts, opened, status, lookups)
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
        if is_unreadable(joined):
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
        return self.narrow(found, any_status=any_status)

    def gone(self, stored: Mapping[str, str]) -> list[str]:
        """See Filter.gone."""
        return [text for it in self.filters for text in it.gone(stored)]

    @cached_property
    def contradiction(self) -> str:
        """Why nobody can match, whoever there is; "" if somebody can."""
        return next(filter(None, (it.contradiction for it in self.filters)), "")

    def narrow(self, followers: Followers, *, any_status: bool = False) -> Followers:
        """Those that match, if there is no problem."""
        for it in self.filters:
            if not any_status:
                followers = it.narrow(followers)
            elif not isinstance(it, StatusFilter):
                followers = it.narrow_any_status(followers)
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
        """The query for the log of exports.

        With names of tags, which may be deleted later, and with segments as they are now. The
        status is part of it: entries of earlier versions have none if they meant everybody.
        """
        tags = self.filter(TagFilter)
        names = {value: tags.names[value] for value in tags.chosen if value in tags.names}
        params = {STATUS: [self.status.value]} | self.params
        found = {"tags": names, "segments": self.filter(SavedFilter).as_log_entry()}
        return {"params": params} | {key: it for key, it in found.items() if it}

    @property
    def status(self) -> StatusFilter:
        return self.filter(StatusFilter)

    @property
    def days_of_leaving(self) -> bool:
        return bool(self.filter(LeftFilter).given)

    def filter(self, kind: type[F]) -> F:
        return next(it for it in self.filters if isinstance(it, kind))


def own_query(
    segment: Segment,
    accounts: Mapping[int, str],
    segments: Shelf,
    my_accounts: Collection[int] | None = None,
    outer: tuple[int, ...] = (),
) -> FollowerQuery | None:
    """The segment's own query; None if it is within itself, or too deep within others."""
    if segment.pk in outer or len(outer) >= MAX_DEPTH:
        return None
    own = {segment.account_id: accounts[segment.account_id]}
    mine = list(accounts) if my_accounts is None else my_accounts
    stored = segment.tag_names
    names = {TAG: stored, SEGMENT: kept_segment_names(stored)}
    return FollowerQuery(segment_params(segment), own, names, mine, segments, (*outer, segment.pk))


def _is_unseen(texts: Iterable[str]) -> bool:
    """Whether a search is for nothing that anybody sees, such as a mark that was pasted along."""
    return not any(plain(text) or "\0" in text for text in texts)


def _status_of(segments: Iterable[FollowerQuery]) -> str:
    """The status that these have in common; without any, that of those who follow."""
    found = {it.status.value for it in segments} or {FOLLOWING}
    return found.pop() if len(found) == 1 else ALL
