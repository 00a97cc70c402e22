"""Pagination of lists with millions of rows: counts are exact up to a limit, and take no longer
than a moment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from followers.rows.dialect import dialect
from followers.rows.time_limit import TimeLimitError, time_limit
from followers.rows.unions import last_column
from followers.segments.filter import FEW
from followers.segments.reading import Part

# Counts are exact and pages exist up to this number of rows.
LIMIT = 100_000
# The number of keys read first; a filter that matches fewer needs no other query for them.
HEAD = 500
# A page is looked for in the list's order for so many times LIST_COUNT_MS.
WALK = 10


class CappedPaginator(Paginator):
    """Counts at most LIMIT + 1 rows and finds a page's keys before it reads whole rows.

    `count` is LIMIT + 1 if there are more than LIMIT rows, or if `count_together` was given up
    (`is_uncounted`). A page number beyond the last returns the last page: the list may have become
    shorter since the link was rendered.

    among_few: the same rows, looked for among a few, if an index names but a few of them; then they
    are counted and sorted where counting was given up (`sorted_keys`).
    parts: lists that together have the rows of `object_list`, each of which an index has in order;
    a long list is put together of them. is_counted_by_parts: whether they are counted, too.
    intersected: the same rows, asked for in another way if this one takes longer than a moment.
    at_least: how many are known to be there if they were not counted; None if nobody has looked.
    """

    object_list: QuerySet[Any]
    template_name = "admin/followers/follower/pagination.html"
    parts: Sequence[Part] = ()
    is_counted_by_parts = False
    intersected: QuerySet[Any] | None = None
    is_uncounted = False
    at_least: int | None = None
    sorted_keys: list[int] | None = None
    among_few: Callable[[], QuerySet[Any] | None] | None = None

    @cached_property
    def head(self) -> list[int]:
        """Keys of any rows, because all that match are found sooner than the first of them.

        At most HEAD + 1, some of them twice.
        """
        others = self.intersected
        with suppress(TimeLimitError), _moment(0 if others is None else settings.LIST_COUNT_MS):
            return self._first_found()
        with dialect().list_reads():
            return list(_keys(others).order_by()[: HEAD + 1]) if others is not None else []

    def _first_found(self) -> list[int]:
        lists = [_keys(part.rows).order_by() for part in self.parts]
        if len(lists) < 2:
            return list(self.keys.order_by()[: HEAD + 1])
        if connection.features.supports_slicing_ordering_in_compound:
            # Without its own limit, PostgreSQL would prepare to read a list to its end.
            lists = [it[: HEAD + 1] for it in lists]
        return list(lists[0].union(*lists[1:], all=True)[: HEAD + 1])

    @cached_property
    def _few(self) -> QuerySet[Any] | None:
        if self.among_few is not None:
            with suppress(TimeLimitError), _moment(settings.LIST_COUNT_MS):
                return self.among_few()
        return None

    @cached_property
    def count(self) -> int:
        rows = self.keys.order_by()
        if self.is_counted_by_parts and len(self.parts) > 1:
            first, *others = (_keys(part.rows).order_by() for part in self.parts)
            rows = first.union(*others)
        return int(rows[: LIMIT + 1].count())

    @property
    def is_counted(self) -> bool:
        return "count" in self.__dict__

    def give_up_counting(self) -> None:
        """Few are counted nevertheless."""
        if (few := self._few) is not None:
            with dialect().list_reads():
                self.sorted_keys = list(_keys(few).order_by(*_unindexed(self._order)))
            self.count = len(self.sorted_keys)
            return
        self.is_uncounted = len(self.head) > HEAD
        self.at_least = HEAD if self.is_uncounted else None
        self.count = LIMIT + 1 if self.is_uncounted else len(set(self.head))

    @property
    def is_capped(self) -> bool:
        return self.count > LIMIT

    @property
    def count_text(self) -> str:
        """ "23,000", or "100,000+" if there are more, or "500+" if nobody knows how many more.

        "" if nobody has looked how many there are.
        """
        if self.is_uncounted:
            return "" if self.at_least is None else f"{self.at_least:,}+"
        return capped_text(self.count)

    @property
    def num_pages(self) -> int:  # type: ignore[override]
        return max(1, -(-min(self.count, LIMIT) // self.per_page))

    def page(self, number: Any) -> Page:
        number = min(max(int(number), 1), self.num_pages)
        first, end = (number - 1) * self.per_page, number * self.per_page
        if self.sorted_keys is not None:
            return Page(list(self._rows(self.sorted_keys[first:end])), number, self)
        few: list[int] | None = self.__dict__.get("head")
        if few is not None and len(few) <= HEAD:
            return Page(list(self._rows(few)[first:end]), number, self)
        rows = self._rows_between(first, end)
        if not rows and number > 1:
            # The rows were not counted, or have become fewer since. Now they are counted.
            del self.count
            self.is_uncounted = False
            return self.page(self.num_pages)
        if self.is_uncounted and len(rows) < self.per_page:
            # The last page tells how many there are.
            self.count, self.is_uncounted = first + len(rows), False
        return Page(rows, number, self)

    def _rows(self, keys: Any) -> QuerySet[Any]:
        """keys: their values, a query for them, or SQL."""
        these = dialect().pk_in(keys) if isinstance(keys, RawSQL) else Q(pk__in=keys)
        rows = self.object_list.model._default_manager.filter(these)
        rows.query.select_related = self.object_list.query.select_related
        return rows.order_by(*self._order)

    def _rows_between(self, first: int, end: int) -> list[Any]:
        if not (self.is_uncounted or self.is_counted_by_parts) and self.count <= FEW:
            return self._found_and_sorted(first, end)
        with suppress(TimeLimitError), _moment(WALK * settings.LIST_COUNT_MS):
            return list(self._rows(self._walked_keys(first, end)))
        # Those who match stand at the end of the order, or are far less than a planner expects.
        return self._found_and_sorted(first, end)

    def _found_and_sorted(self, first: int, end: int) -> list[Any]:
        # Where a database could count them, it knows how to find them, too, if it has statistics.
        few = None if dialect().has_row_statistics else self._few
        rows = self.object_list if few is None else few
        keys = _keys(rows).order_by(*_unindexed(self._order))
        with dialect().list_reads():
            return list(self._rows(keys[first:end]))

    def _walked_keys(self, first: int, end: int) -> Any:
        if len(self.parts) > 1:
            rows = _merged(self.parts, end)[first:end]
            return last_column(rows, len(self.parts[0].order))
        for part in self.parts:
            return _keys(part.rows).order_by(*part.order)[first:end]
        return self.keys[first:end]

    @property
    def _order(self) -> Sequence[Any]:
        order: Sequence[Any] = self.object_list.query.order_by
        return order

    @property
    def keys(self) -> Any:
        """The primary keys in the order of the list."""
        return _keys(self.object_list)


def _keys(rows: QuerySet[Any]) -> Any:
    return rows.select_related(None).values_list("pk", flat=True)


def _unindexed(order: Iterable[str]) -> Iterator[Any]:
    """The same order by terms that no index has: the planner finds all first, then sorts."""
    for name in order:
        field = name.removeprefix("-")
        term = Coalesce(F(field), F(field))
        yield term.desc() if name.startswith("-") else term.asc()


def _merged(parts: Sequence[Part], end: int) -> Any:
    """Rows with the values of the order, the last of which is the key; none of them twice."""
    columns = [[name.removeprefix("-") for name in part.order] for part in parts]
    lists = [
        part.rows.select_related(None).order_by().values_list(*own)
        for part, own in zip(parts, columns, strict=True)
    ]
    if connection.features.supports_slicing_ordering_in_compound:
        # PostgreSQL would sort everybody; SQLite merges what its indexes give.
        orders = (_unindexed(it.order) if it.is_small else it.order for it in parts)
        lists = [it.order_by(*order)[:end] for it, order in zip(lists, orders, strict=True)]
    once = len({part.account for part in parts}) == len(parts)
    return lists[0].union(*lists[1:], all=once).order_by(*parts[0].order)


def capped_text(number: int) -> str:
    """ "23,000", or "100,000+" for a number that was not counted further."""
    return f"{LIMIT:,}+" if number > LIMIT else f"{number:,}"


def count_together(lists: Sequence[CappedPaginator]) -> None:
    """Count these, the one that is shown first; each for LIST_COUNT_MS at most.

    If that was not enough for the one that is shown, a few are counted nevertheless. Of the others
    it is then not known how many they are, unless the one that is shown is empty.
    """
    shown, limit = lists[0], settings.LIST_COUNT_MS
    for it in lists:
        if shown.is_counted or it is shown:
            with suppress(TimeLimitError), _moment(limit):
                it.count  # noqa: B018 (keeps it)
    if not shown.is_counted:
        shown.give_up_counting()
    for it in lists:
        if not it.is_counted and not shown.count:
            with suppress(TimeLimitError), _moment(limit):
                it.give_up_counting()
        if not it.is_counted:
            it.is_uncounted, it.count = True, LIMIT + 1


def _moment(milliseconds: int) -> AbstractContextManager[None]:
    """Reads of no more than so long; 0: of any length."""
    return time_limit(milliseconds) if milliseconds else dialect().list_reads()
