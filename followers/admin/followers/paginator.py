"""Pagination of lists with millions of rows: counts are exact up to a limit, and take no longer
than a moment."""

from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from followers.rows.dialect import QueryTimeoutError, dialect

# Counts are exact and pages exist up to this number of rows.
LIMIT = 100_000
# The number of keys read first; a filter that matches fewer needs no other query for them.
HEAD = 1_000


class CappedPaginator(Paginator):
    """Counts at most LIMIT + 1 rows and reads a page's keys from an index before its rows.

    `count` is LIMIT + 1 if there are more than LIMIT rows, or if counting them takes longer than
    LIST_COUNT_SECONDS (`is_uncounted`). A page number beyond the last returns the last page: the
    list may have become shorter since the link was rendered.

    index_order: the order of `object_list` by the columns of another table, whose index a long list
    is read from.
    """

    object_list: QuerySet[Any]
    template_name = "admin/followers/follower/pagination.html"
    index_order: Sequence[str] = ()
    is_uncounted = False

    @cached_property
    def head(self) -> list[int]:
        """Any rows, because all that match are found sooner than the first of them."""
        return list(self._keys().order_by()[: HEAD + 1])

    @cached_property
    def count(self) -> int:
        if len(self.head) <= HEAD:
            return len(self.head)
        counted = self._counted()
        return LIMIT + 1 if counted is None else counted

    def _counted(self) -> int | None:
        """None if it takes too long."""
        rows = self._keys().order_by()[: LIMIT + 1]
        if not settings.LIST_COUNT_SECONDS:
            return int(rows.count())
        try:
            with dialect().time_limit(settings.LIST_COUNT_SECONDS):
                return int(rows.count())
        except QueryTimeoutError:
            self.is_uncounted = True
            return None

    @property
    def is_capped(self) -> bool:
        return self.count > LIMIT

    @property
    def count_text(self) -> str:
        """ "23,000", or "100,000+" if there are more, or "1,000+" if nobody knows how many more."""
        if not self.is_capped:
            return f"{self.count:,}"
        return f"{HEAD if self.is_uncounted else LIMIT:,}+"

    def narrowed(self, **condition: Any) -> Self:
        """A paginator of the rows that meet a condition; few rows are filtered by their keys."""
        rows = self.object_list.filter(**condition)
        if self.count <= HEAD:
            rows = self._found(self.head).filter(**condition)
        return type(self)(rows.order_by("-pk"), self.per_page)

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, LIMIT) // self.per_page))

    def page(self, number: Any) -> Page:
        number = min(max(int(number), 1), self.num_pages)
        first, end = (number - 1) * self.per_page, number * self.per_page
        if self.count <= HEAD:
            order = self.object_list.query.order_by
            return Page(list(self._found(self.head).order_by(*order)[first:end]), number, self)
        rows = self._keys()
        keys = list((rows.order_by(*self.index_order) if self.index_order else rows)[first:end])
        if not keys and number > 1:
            return self.page(self._last_page())
        found = self._found(keys).in_bulk()
        return Page([found[key] for key in keys if key in found], number, self)

    def _last_page(self) -> int:
        """Only where the rows were not counted, or have become fewer since."""
        self.count = int(self._keys().order_by()[: LIMIT + 1].count())
        self.num_pages = max(1, -(-min(self.count, LIMIT) // self.per_page))
        return self.num_pages

    def _found(self, keys: Sequence[int]) -> QuerySet[Any]:
        manager = self.object_list.model._default_manager
        return manager.select_related("account").filter(pk__in=keys)

    def _keys(self) -> Any:
        return self.object_list.select_related(None).values_list("pk", flat=True)
