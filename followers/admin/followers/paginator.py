"""Pagination of lists with millions of rows: counts are exact up to a limit, and take no longer
than a moment."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet

from followers.rows.time_limit import TimeLimitError, time_limit

# Counts are exact and pages exist up to this number of rows.
LIMIT = 100_000
# The number of keys read first; a filter that matches fewer needs no other query for them.
HEAD = 1_000


class CappedPaginator(Paginator):
    """Counts at most LIMIT + 1 rows and reads a page's keys from an index before its rows.

    `count` is LIMIT + 1 if there are more than LIMIT rows, or if `count_together` was given up
    (`is_uncounted`). A page number beyond the last returns the last page: the list may have become
    shorter since the link was rendered.

    index_order: the order of `object_list` by the columns of another table, whose index a long list
    is read from. accounts: where there are several, a long list is put together of one for each of
    them, because every index begins with the account.
    """

    object_list: QuerySet[Any]
    template_name = "admin/followers/follower/pagination.html"
    index_order: Sequence[str] = ()
    accounts: Sequence[int] = ()
    is_uncounted = False

    @cached_property
    def head(self) -> list[int]:
        """Any rows, because all that match are found sooner than the first of them."""
        return list(self._keys().order_by()[: HEAD + 1])

    @property
    def is_short(self) -> bool:
        return len(self.head) <= HEAD

    @cached_property
    def count(self) -> int:
        return len(self.head) if self.is_short else self._counted()

    def _counted(self) -> int:
        return int(self._keys().order_by()[: LIMIT + 1].count())

    def give_up_counting(self) -> None:
        self.count, self.is_uncounted = LIMIT + 1, True

    @property
    def is_capped(self) -> bool:
        return self.count > LIMIT

    @property
    def count_text(self) -> str:
        """ "23,000", or "100,000+" if there are more, or "1,000+" if nobody knows how many more."""
        return f"{HEAD:,}+" if self.is_uncounted else capped_text(self.count)

    @property
    def num_pages(self) -> int:  # type: ignore[override]
        return max(1, -(-min(self.count, LIMIT) // self.per_page))

    def page(self, number: Any) -> Page:
        number = min(max(int(number), 1), self.num_pages)
        first, end = (number - 1) * self.per_page, number * self.per_page
        if self.is_short:
            order = self.object_list.query.order_by
            return Page(list(self._found(self.head).order_by(*order)[first:end]), number, self)
        keys = self._ordered_keys(first, end)
        if not keys and number > 1:
            # The rows were not counted, or have become fewer since.
            self.count = self._counted()
            return self.page(self.num_pages)
        found = self._found(keys).in_bulk()
        return Page([found[key] for key in keys if key in found], number, self)

    def _ordered_keys(self, first: int, end: int) -> list[int]:
        rows = self._keys()
        if len(self.accounts) < 2:
            return list(rows.order_by(*(self.index_order or rows.query.order_by))[first:end])
        order: tuple[str, ...] = rows.query.order_by
        columns = [name.removeprefix("-") for name in order]
        lists = [
            self.object_list.filter(account=pk)
            .select_related(None)
            .order_by()
            .values_list(*columns)
            for pk in self.accounts
        ]
        if connection.features.supports_slicing_ordering_in_compound:
            # PostgreSQL would sort everybody; SQLite merges what its indexes give.
            lists = [it.order_by(*order)[:end] for it in lists]
        merged = lists[0].union(*lists[1:], all=True).order_by(*order)
        return [row[-1] for row in merged[first:end]]

    def _found(self, keys: Sequence[int]) -> QuerySet[Any]:
        rows = self.object_list.model._default_manager.filter(pk__in=keys)
        rows.query.select_related = self.object_list.query.select_related
        return rows

    def _keys(self) -> Any:
        return self.object_list.select_related(None).values_list("pk", flat=True)


def capped_text(number: int) -> str:
    """ "23,000", or "100,000+" for a number that was not counted further."""
    return f"{LIMIT:,}+" if number > LIMIT else f"{number:,}"


def count_together(lists: Iterable[CappedPaginator]) -> None:
    """Count these; those that take longer than LIST_COUNT_MS are given up, and all after them."""
    long = [it for it in lists if not it.is_short]
    if not settings.LIST_COUNT_MS or not long:
        return
    counted = 0
    try:
        with time_limit(settings.LIST_COUNT_MS):
            for it in long:
                it.count  # noqa: B018 (keeps it)
                counted += 1
    except TimeLimitError:
        for it in long[counted:]:
            it.give_up_counting()
