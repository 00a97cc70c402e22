"""Pagination of lists with millions of rows: counts are exact up to a limit."""

from typing import Any, Self

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

# Counts are exact and pages exist up to this number of rows.
LIMIT = 100_000
# The number of keys read first; a filter that matches fewer needs only this query.
HEAD = 1_000


class CappedPaginator(Paginator):
    """Counts at most LIMIT + 1 rows and reads a page's keys from an index before its rows.

    `count` is LIMIT + 1 if there are more than LIMIT rows. A page number beyond the last returns
    the last page: the list may have become shorter since the link was rendered.
    """

    object_list: QuerySet[Any]
    template_name = "admin/followers/follower/pagination.html"

    @cached_property
    def head(self) -> list[int]:
        return list(self._keys()[: HEAD + 1])

    @cached_property
    def count(self) -> int:
        if len(self.head) <= HEAD:
            return len(self.head)
        return int(self.object_list.order_by()[: LIMIT + 1].count())

    @property
    def is_capped(self) -> bool:
        return self.count > LIMIT

    @property
    def count_text(self) -> str:
        """ "23,000", or "100,000+" if there are more."""
        number = f"{min(self.count, LIMIT):,}"
        return f"{number}+" if self.is_capped else number

    def narrowed(self, **condition: Any) -> Self:
        """A paginator of the rows that meet a condition; few rows are filtered by their keys."""
        rows = self.object_list.filter(**condition)
        if self.count <= HEAD:
            rows = self.object_list.model._default_manager.filter(pk__in=self.head, **condition)
        return type(self)(rows.order_by("-pk"), self.per_page)

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, LIMIT) // self.per_page))

    def page(self, number: Any) -> Page:
        number = min(max(int(number), 1), self.num_pages)
        first, end = (number - 1) * self.per_page, number * self.per_page
        known = self.count <= HEAD or end <= HEAD
        keys = self.head[first:end] if known else list(self._keys()[first:end])
        found = self.object_list.model._default_manager.select_related("account").in_bulk(keys)
        return Page([found[key] for key in keys if key in found], number, self)

    def _keys(self) -> Any:
        return self.object_list.select_related(None).values_list("pk", flat=True)
