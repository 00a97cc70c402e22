"""Ways of reading the followers of a query where they are many.

A planner that misjudges how many match a filter, or knows none, as SQLite's, reads millions of rows
for a page of fifty. The ways here name the indexes that lead to them; all find the same people.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet

from ..models import Follower
from ..rows.dialect import dialect
from ..rows.unions import count_each, united
from .channels import (
    ChannelFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    ChannelNameFilter,
)
from .choices import AccountFilter, SourceFilter, StatusFilter
from .days import FollowedFilter, LeftFilter
from .filter import ACCOUNT, FEW, STATUS, Filter, Followers, of_accounts
from .people import StaleDetailsFilter
from .query import FollowerQuery
from .search import SearchFilter
from .tags import TagFilter

# SQLite takes 500; PostgreSQL would plan them for a second.
MAX_PARTS = 100
# With statistics, more are found as soon by other ways.
FEW_BESIDE_STATISTICS = 5_000

# Split into their values, each of which has its followers in order.
_OF_SINGLE_VALUES: tuple[type[Filter], ...] = (
    ChannelFilter,
    ChannelNameFilter,
    ChannelGroupFilter,
    ChannelGroupNameFilter,
    SourceFilter,
)

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


class Named(NamedTuple):
    """Whom the index of a filter names: keys in pieces, and how many these have, up to FEW + 1."""

    filter: Filter
    keys: list[QuerySet[Any]]
    sizes: list[int]


class Reading:
    """Ways to the followers of `query`, which has no problem."""

    def __init__(self, query: FollowerQuery) -> None:
        self.query, self.filters, self.scope = query, query.filters, query.scope

    def intersected(self) -> Followers | None:
        """The same followers, of whom each filter's own index is asked alone.

        For PostgreSQL where it misjudges how many match two filters: it would read the rows that
        one index names, from all over the table, for what another knows. None elsewhere, and for
        less than two such filters.
        """
        indexed = [it for it in self.filters if it.has_index]
        if len(indexed) < 2 or not dialect().has_row_statistics:
            return None
        every = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=False)
        # INTERSECT reads each to its end; a join would look up one follower after the other.
        first, *others = (it.narrow_by_index(every).order_by().values("pk") for it in indexed)
        tagged = self.scope.tagged
        followers = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=tagged)
        followers = followers.filter(pk__in=first.intersection(*others))
        for it in self.filters:
            followers = it.narrow_rest(followers) if it in indexed else it.narrow(followers)
        return followers

    def among_few(self) -> Followers | None:
        """The same followers, looked for among those whom the shortest of all indexes names.

        A planner that misjudges their numbers, or knows none, as SQLite's, may begin with any index
        and read a row for each that it names. None if the shortest names more than a few.
        """
        shortest = min(self._named, key=lambda it: sum(it.sizes), default=None)
        if shortest is None or sum(shortest.sizes) > _few():
            return None
        # As with tags, no index of the account is to begin with.
        followers = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=True)
        followers = followers.filter(dialect().pk_in(united(shortest.keys)))
        for it in self.filters:
            if not isinstance(it, AccountFilter):
                followers = it.narrow_few(followers)
        return followers

    @cached_property
    def _named(self) -> list[Named]:
        """What the index of each filter that has one names, counted in one statement."""
        every = of_accounts(Follower.objects.all(), self.scope.account_keys, tagged=False)
        keys = {it: [piece[: FEW + 1] for piece in it.named_keys(every)] for it in self.filters}
        numbers = iter(count_each([piece for pieces in keys.values() for piece in pieces]))
        sizes = {it: [next(numbers) for _piece in pieces] for it, pieces in keys.items()}
        return [Named(it, pieces, sizes[it]) for it, pieces in keys.items() if pieces]

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
        return next((it for it in map(self.query.filter, kinds) if len(it.arms()) > 1), None)

    @cached_property
    def _ways(self) -> list[Way]:
        """Each way to match: an arm for each filter that is split.

        That is one of several ways to match, or else any of several channels and sources, as long
        as there is room: SQLite would sort those of all. With tags a list is read from their index.
        """
        whole, tags = self._of_several_ways, self.query.filter(TagFilter)
        if whole:
            return [{whole: arm} for arm in whole.arms()]
        if tags.all or dialect().has_row_statistics:
            return [{}]
        ways: list[Way] = [{}]
        for it in map(self.query.filter, _OF_SINGLE_VALUES):
            arms = it.arms()
            if 1 < len(arms) <= MAX_PARTS // (len(self.scope.account_keys) * len(ways)):
                ways = [{**way, it: arm} for way in ways for arm in arms]
        return ways

    def _part(self, account: int, way: Way, order: Sequence[str]) -> Part:
        filters = [way.get(it, it) for it in self.filters]
        tags = next(it for it in filters if isinstance(it, TagFilter))
        is_of_tags = set(self.query.params) <= {ACCOUNT, STATUS, *TagFilter.parameters}
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
        return Part(account, rows, order_of_tags or order, self._is_small(way))

    def _is_small(self, way: Way) -> bool:
        """Whether so few have outdated details that sorting them is sooner done.

        By their index alone: PostgreSQL takes walking through another for cheaper than it is.
        """
        stale = self.query.filter(StaleDetailsFilter)
        if stale not in way or not dialect().has_row_statistics:
            return False
        with dialect().list_reads():
            sizes = next(it.sizes for it in self._named if it.filter is stale)
        return sizes[stale.arms().index(way[stale])] <= FEW


def _few() -> int:
    return FEW_BESIDE_STATISTICS if dialect().has_row_statistics else FEW
