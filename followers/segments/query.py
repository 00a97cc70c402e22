"""The parameters of a follower list, parsed: their problems, queryset and words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.utils.translation import gettext as _

from ..files.cells import plain
from ..models import Follower, Segment
from ..rows.dialect import dialect, shortest_list
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
    FEW,
    SEARCH,
    STATUS,
    Condition,
    Filter,
    Followers,
    OpenedSegment,
    Params,
    Scope,
    of_accounts,
    shortened,
    without_value,
)
from .people import ElsewhereFilter, StaleDetailsFilter
from .saved import MAX_DEPTH, SavedFilter, Shelf, chosen_segments, segment_params
from .search import SearchFilter
from .subscriptions import SubscriptionFilter
from .tags import TagFilter, joins_tags

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
# SQLite takes 500; PostgreSQL would plan them for a second.
MAX_PARTS = 100
# With statistics, more are found as soon by other ways.
FEW_BESIDE_STATISTICS = 5_000
# Conditions of these widgets come last, in this order.
_LAST_WIDGETS = {"tags": 1, "days": 2}


# Split into their values, each of which has its followers in order.
_OF_SINGLE_VALUES: tuple[type[Filter], ...] = (
    ChannelFilter,
    ChannelNameFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    SourceFilter,
)

F = TypeVar("F", bound=Filter)
# What stands for the filters that are split.
Way = Mapping[Filter, Filter]


class Part(NamedTuple):
    """Followers of an account, and an order of them in which an index has them.

    is_small: they are among so few that finding and sorting these is sooner done.
    """

    account: int
    rows: Followers
    order: Sequence[str]
    is_small: bool = False


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
        opened, tagged = {}, joins_tags(self.params)
        status = FOLLOWING
        if segments is not None:
            found = segments.found(chosen_segments(self.params), accounts)
            inner = {
                key: self._open(it, accounts, my_accounts, segments, outer)
                for key, it in found.items()
            }
            queries = [it for it in inner.values() if it]
            tagged = tagged or any(it.scope.tagged for it in queries)
            opened = {key: _opened(it, inner[key], outer) for key, it in found.items()}
            status = _status_of(queries)
        account = self._account(accounts)
        tags_of = segments.tags_of if segments else None
        self.scope = Scope(
            accounts, account, tagged, names or {}, my_accounts, opened, status, tags_of
        )
        self.filters = [kind(self.params, self.scope) for kind in FILTERS]

    def _open(
        self,
        segment: Segment,
        accounts: Mapping[int, str],
        my_accounts: Collection[int] | None,
        segments: Shelf,
        outer: tuple[int, ...],
    ) -> "FollowerQuery | None":
        """The segment's own query; None if it is within itself, or too deep within others."""
        if segment.pk in outer or len(outer) >= MAX_DEPTH:
            return None
        own = {segment.account_id: accounts[segment.account_id]}
        mine = list(accounts) if my_accounts is None else my_accounts
        inside = (*outer, segment.pk)
        return FollowerQuery(segment_params(segment), own, None, mine, segments, inside)

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
        return self.narrow(found, any_status=any_status)

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

    def intersected(self) -> Followers | None:
        """The same followers, of whom each filter's own index is asked alone.

        For PostgreSQL where it misjudges how many match two filters: it would read the rows that
        one index names, from all over the table, for what another knows. None elsewhere, and for
        less than two such filters.
        """
        indexed = [it for it in self.filters if it.has_index]
        if len(indexed) < 2 or not dialect().has_row_statistics:
            return None
        account = self.scope.account
        keys = list(self.scope.accounts) if account is None else [account]
        every = of_accounts(Follower.objects.all(), keys, tagged=False)
        # INTERSECT reads each to its end; a join would look up one follower after the other.
        first, *others = (it.narrow_by_index(every).order_by().values("pk") for it in indexed)
        followers = of_accounts(Follower.objects.all(), keys, tagged=self.scope.tagged)
        followers = followers.filter(pk__in=first.intersection(*others))
        for it in self.filters:
            followers = it.narrow_rest(followers) if it in indexed else it.narrow(followers)
        return followers

    def among_few(self) -> Followers | None:
        """The same followers, looked for among those whom the shortest of all indexes names.

        A planner that misjudges their numbers, or knows none, as SQLite's, may begin with any index
        and read a row for each that it names. None if the shortest names more than a few.
        """
        most = FEW_BESIDE_STATISTICS if dialect().has_row_statistics else FEW
        every = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=False)
        found = [[keys[: most + 1] for keys in it.named_keys(every)] for it in self.filters]
        shortest = shortest_list(list(filter(None, found)), most)
        if shortest is None:
            return None
        # As with tags, no index of the account is to begin with.
        followers = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=True)
        followers = followers.filter(dialect().pk_in(shortest))
        for it in self.filters:
            if not isinstance(it, AccountFilter):
                followers = it.narrow_few(followers)
        return followers

    def parts(self, order: Sequence[str]) -> list[Part]:
        """Lists that together are this one in `order`; only called if there is no problem.

        One for each account, because every index begins with the account, and in it for each way
        in which somebody can match: any tag of several, or any column that is searched. None, if
        these were more than a statement should have.
        """
        accounts, ways = self.scope.account_keys, self._ways
        if len(accounts) * len(ways) > MAX_PARTS:
            return []
        return [self._part(pk, way, order) for pk in accounts for way in ways]

    @property
    def is_counted_by_parts(self) -> bool:
        """Whether that is sooner done than asking of everybody whether they match in any way."""
        return not isinstance(self._of_several_ways, TagFilter | None)

    @cached_property
    def _of_several_ways(self) -> Filter | None:
        """The filter whose ways to match are always parts of the list; only one can be."""
        kinds = (SearchFilter, StaleDetailsFilter, TagFilter)
        return next((it for it in map(self.filter, kinds) if len(it.arms()) > 1), None)

    @cached_property
    def _ways(self) -> list[Way]:
        """Each way to match: an arm for each filter that is split.

        That is one of several ways to match, or else any of several channels and sources, as long
        as there is room: SQLite would sort those of all. With tags a list is read from their index.
        """
        whole, tags = self._of_several_ways, self.filter(TagFilter)
        if whole:
            return [{whole: arm} for arm in whole.arms()]
        if tags.all or dialect().has_row_statistics:
            return [{}]
        ways: list[Way] = [{}]
        for it in map(self.filter, _OF_SINGLE_VALUES):
            arms = it.arms()
            if 1 < len(arms) <= MAX_PARTS // (len(self.scope.account_keys) * len(ways)):
                ways = [{**way, it: arm} for way in ways for arm in arms]
        return ways

    def _part(self, account: int, way: Way, order: Sequence[str]) -> Part:
        filters = [way.get(it, it) for it in self.filters]
        tags = next(it for it in filters if isinstance(it, TagFilter))
        is_of_tags = set(self.params) <= {ACCOUNT, STATUS, *TagFilter.parameters}
        order_of_tags = tags.index_order(order, alone=is_of_tags)
        # PostgreSQL may read another index than the tag's.
        by_tags = bool(order_of_tags) or (bool(tags.all) and not dialect().has_row_statistics)
        rows = of_accounts(Follower.objects.all(), [account], tagged=bool(tags.all))
        for it in filters:
            if isinstance(it, AccountFilter):
                # Done, and in the way in which SQLite begins with the tags.
                continue
            if isinstance(it, StatusFilter) and order[0].lstrip("-") != LeftFilter.field:
                rows = it.narrow_in_order(rows)
            elif isinstance(it, FollowedFilter):
                rows = it.beside_tags(joined=by_tags).narrow(rows)
            else:
                rows = it.narrow(rows)
        is_small = any(it.is_small for it in way.values())
        return Part(account, rows, order_of_tags or order, is_small)

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


def _is_unseen(texts: Iterable[str]) -> bool:
    """Whether a search is for nothing that anybody sees, such as a mark that was pasted along."""
    return not any(plain(text) or "\0" in text for text in texts)


def _opened(segment: Segment, query: FollowerQuery | None, outer: tuple[int, ...]) -> OpenedSegment:
    if query is not None:
        return OpenedSegment(segment, query)
    text = _("The segment “%(name)s” contains itself, so nobody can be in it.")
    if segment.pk not in outer:
        text = _("The segment “%(name)s” lies too deep within other segments.")
    return OpenedSegment(segment, None, text % {"name": shortened(segment.name)})


def _status_of(segments: Iterable[FollowerQuery]) -> str:
    """The status that these have in common; without any, that of those who follow."""
    found = {it.status.value for it in segments} or {FOLLOWING}
    return found.pop() if len(found) == 1 else ALL
