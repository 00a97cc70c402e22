"""The follower list's query: tabs and their counts, order, columns, conditions in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from followers.accounts.access import Rights
from followers.models import Follower, Tag
from followers.segments.choices import FOLLOWING
from followers.segments.filter import ACCOUNT, STATUS, TAG, Condition
from followers.segments.query import FollowerQuery
from followers.segments.reading import Reading
from followers.segments.search import MAX_PASTED
from followers.segments.tags import TagFilter

from ..shared.account_choice import preference_of
from ..shared.safe_changelist import SafeChangeList
from ..shared.segments import record_look
from . import sorting
from .cells import identity_cell
from .columns import ACCOUNT as ACCOUNT_COLUMN
from .columns import NOTE, Column, choices, default_columns, heading_order, shown_columns
from .filters import query_of
from .list_preferences import PAGE, SIZE, SIZES, size_of
from .related import attach_related, filled, shown_accounts
from .tabs import Tab, count, tabs


@dataclass(frozen=True)
class Heading:
    """url: the list in the order that a click leads to, "" where it is no order."""

    column: Column
    order: str
    url: str


@dataclass(frozen=True)
class Row:
    follower: Any
    who: SafeString
    cells: list[tuple[Column, SafeString | str]]


class FollowerChangeList(SafeChangeList):
    """If `problems` is not empty, the address could not be parsed and no follower matches.

    An action on "all matching" must never reach all followers because of a typing error.
    """

    page_num: int
    asked: FollowerQuery
    everybody: QuerySet[Follower]
    # Searches may be long lists of pasted ids.
    max_search = MAX_PASTED

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(request, *args, **kwargs)

    def tell(self, request: HttpRequest) -> None:
        """Do nothing: the template shows `problems` above the list."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(SIZE, None)
        return found

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Follower]:
        self.asked = query_of(request)
        status = self.asked.status
        self.status = status.value if status.value in status.options else FOLLOWING
        self.order = sorting.sort_of(request, self.status)
        followers = super().get_queryset(request, exclude_parameters)
        self.problems = self.asked.problems or self.problems
        if self.problems:
            self.everybody = followers.none()
            return self.everybody
        self.everybody = self.asked.followers(followers, any_status=True)
        # Narrowed once: some filters read keys to do so.
        shown = status.narrow(self.everybody)
        # Not none(), which is for filters that cannot be read.
        return shown.filter(pk__in=()) if self.asked.contradiction else shown

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Follower]) -> list[Any]:
        return self.order.order_by

    def get_results(self, request: HttpRequest) -> None:
        self.rights = Rights(request.user, self.asked.scope.account)
        self.list_per_page = size_of(request)
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        if not self.problems:
            reading = Reading(self.asked)
            paginator.parts = reading.parts(self.order.order_by)
            paginator.is_counted_by_parts = reading.is_counted_by_parts
            paginator.among_few = reading.among_few
            paginator.intersected = reading.intersected()
        self.counts = count(self.status, paginator, self.everybody)
        page = paginator.page(self.page_num)
        # Nothing that is done "for all" may leave the number out.
        shown = (page.number - 1) * self.list_per_page + len(page.object_list)
        paginator.at_least = max(paginator.at_least or 0, shown)
        self.paginator = paginator
        self.page_num = page.number
        self.result_count = paginator.count
        self.result_list = attach_related(page.object_list)
        if not paginator.is_uncounted:
            record_look(request, self.asked, paginator.count)
        self.multi_page = paginator.num_pages > 1
        self.show_all = self.can_show_all = False
        # The theme adds a note to the title if these two differ.
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = True

    # --- what stands above the table ------------------------------------------------------------

    @cached_property
    def tabs(self) -> list[Tab]:
        return list(tabs(self, self.status, self.counts))

    @property
    def other_tabs(self) -> list[Tab]:
        """Those in which the filters find somebody, while this one is empty."""
        return [tab for tab in self.tabs if tab.count_text not in ("", "0") and not tab.is_current]

    @cached_property
    def _conditions(self) -> list[Condition]:
        """The active conditions but the tab's."""
        return [it for it in self.asked.conditions() if it.parameters != (STATUS,)]

    @property
    def conditions(self) -> list[dict[str, str]]:
        """As chips: text, and the address of the list without it."""
        return [{"text": it.text, "without": self._without(it)} for it in self._conditions]

    @property
    def filter_count(self) -> int:
        """The account is chosen for all pages, so it is no filter of this one."""
        return sum(it.parameters != (ACCOUNT,) for it in self._conditions)

    def _without(self, condition: Condition) -> str:
        left = self.asked.without(condition)
        return str(self.get_query_string({name: left.get(name) for name in condition.parameters}))

    @property
    def without_filters(self) -> str:
        """The address of the same tab without any filter but the account.

        After a problem, of the first tab: it may be the status that cannot be read, or the account.
        """
        if self.problems:
            account = self.asked.scope.account if ACCOUNT in self.asked.params else None
            return f"?{ACCOUNT}={account}" if account else "?"
        gone = dict.fromkeys(set(self.asked.params) - {ACCOUNT, STATUS})
        return str(self.get_query_string(gone) or "?")

    @property
    def is_whole(self) -> bool:
        """Whether no filter but account and tab is set."""
        return set(self.asked.params) <= {ACCOUNT, STATUS}

    @property
    def can_be_saved(self) -> bool:
        """Whether there is anything to save as a segment: everybody who follows is none."""
        return not self.is_whole or self.status != FOLLOWING

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The menu of orders: title, the list's address in it, whether it is the present one."""
        return [
            {
                "title": title,
                "url": self._order_url(value),
                "is_current": value == self.order.value,
            }
            for value, title in sorting.offered(self.status).items()
        ]

    def _order_url(self, value: str) -> str:
        given = None if value == sorting.DEFAULT else value
        return str(self.get_query_string({ORDER_VAR: given}) or "?")

    # --- the table --------------------------------------------------------------------------------

    @cached_property
    def chosen_columns(self) -> list[str]:
        """The names that the user chose, or those that have anything to show."""
        chosen: list[str] = preference_of(self.request).follower_columns
        if chosen:
            return chosen
        several = {ACCOUNT_COLUMN: len(shown_accounts(self.request)) > 1}
        return default_columns(filled(self.request) | several)

    @cached_property
    def columns(self) -> list[Column]:
        return shown_columns(self.chosen_columns, self.status)

    @property
    def column_choices(self) -> Any:
        return choices(self.chosen_columns)

    @property
    def headings(self) -> Iterator[Heading]:
        offered = sorting.offered(self.status)
        for column in self.columns:
            url = ""
            if column.sort and f"-{column.sort}" in offered:
                url = self._order_url(self.order.toggled(column.sort).value)
            yield Heading(column, heading_order(column, self.order), url)

    @property
    def rows(self) -> Iterator[Row]:
        with_note = NOTE not in self.chosen_columns
        chosen = self.asked.filter(TagFilter).chosen
        for follower in self.result_list:
            # A row has place for a few: those that are asked for are among them.
            follower.shown_tags.sort(key=lambda tag: str(tag.pk) not in chosen)
            follower.tag_urls = self._tag_urls(follower)
            cells = [(column, column.cell(follower)) for column in self.columns]
            yield Row(follower, identity_cell(follower, with_note=with_note), cells)

    def _tag_urls(self, follower: Any) -> dict[int, str]:
        """Where a click on each tag leads; a tag that is filtered by already leads nowhere."""
        wanted = self.asked.filter(TagFilter).all
        return {
            tag.pk: self._tag_url(tag) for tag in follower.shown_tags if str(tag.pk) not in wanted
        }

    def _tag_url(self, tag: Tag) -> str:
        """Tags belong to one account, so the list is narrowed to that, too."""
        wanted = [*self.asked.params.get(TAG, []), str(tag.pk)]
        return str(self.get_query_string({ACCOUNT: str(tag.account_id), TAG: wanted}))

    # --- the pages --------------------------------------------------------------------------------

    sizes = SIZES

    @property
    def first_row(self) -> str:
        return f"{(self.page_num - 1) * self.list_per_page + 1:,}"

    @property
    def last_row(self) -> str:
        return f"{(self.page_num - 1) * self.list_per_page + len(self.result_list):,}"

    @property
    def pages_text(self) -> str:
        return f"{self.paginator.num_pages:,}"

    @property
    def previous_url(self) -> str:
        return self._page_url(self.page_num - 1) if self.page_num > 1 else ""

    @property
    def next_url(self) -> str:
        last = self.paginator.num_pages
        return self._page_url(self.page_num + 1) if self.page_num < last else ""

    def _page_url(self, number: int) -> str:
        return str(self.get_query_string({PAGE: number}))
