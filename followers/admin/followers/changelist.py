"""The follower list's query: capped counts, conditions in words, problems of the address."""

from django.db.models import QuerySet
from django.http import HttpRequest

from followers.accounts.access import Rights
from followers.models import Follower
from followers.segments.filter import ACCOUNT, STATUS, Condition
from followers.segments.query import FollowerQuery
from followers.segments.search import MAX_PASTED

from ..shared.safe_changelist import SafeChangeList
from ..shared.segments import record_look
from .filters import query_of
from .related import attach_related


class FollowerChangeList(SafeChangeList):
    """If `problems` is not empty, the address could not be parsed and no follower matches.

    An action on "all matching" must never reach all followers because of a typing error.
    """

    page_num: int
    asked: FollowerQuery
    # Searches may be long lists of pasted ids.
    max_search = MAX_PASTED

    def tell(self, request: HttpRequest) -> None:
        """Do nothing: the template shows `problems` above the list."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Follower]:
        self.asked = query_of(request)
        followers = super().get_queryset(request, exclude_parameters)
        self.problems = self.asked.problems or self.problems
        return followers.none() if self.problems else self.asked.followers(followers)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Follower]) -> list[str]:
        """If a tag is chosen, by its own index: SQLite does not see that the order is the same."""
        ordering: list[str] = super().get_ordering(request, queryset)
        by_id = {"-id": "-followertag__follower_id", "id": "followertag__follower_id"}
        return [by_id.get(name, name) for name in ordering] if self.asked.scope.tagged else ordering

    def get_results(self, request: HttpRequest) -> None:
        # change_list_results.html gets no context but the changelist.
        self.rights = Rights(request.user, self.asked.scope.account)
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        page = paginator.page(self.page_num)
        self.paginator = paginator
        self.page_num = page.number
        self.result_count = paginator.count
        self.result_list = attach_related(page.object_list)
        record_look(request, self.asked, paginator.count)
        self.count_by_status()
        self.multi_page = paginator.num_pages > 1
        self.show_all = self.can_show_all = False
        # The theme adds a note to the title if these two differ.
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = True

    def count_by_status(self) -> None:
        """Set `following` and `left` to texts; one is "" if the list is filtered by status.

        The headline must not count those who left: the home page does not either.
        """
        following, left = self.paginator, ""
        status = self.filter_params.get(STATUS, [""])[-1]
        if status == "0":
            left = self.paginator.count_text
        elif status != "1" and (gone := self.paginator.narrowed(subscribed=False)).count:
            left = gone.count_text
            following = self.paginator.narrowed(subscribed=True)
        self.left, self.following_count = left, following.count
        self.following = "" if status == "0" else following.count_text

    @property
    def conditions(self) -> list[dict[str, str]]:
        """The active conditions: text, and the address of the list without it."""
        return [
            {"text": condition.text, "without": self._without(condition)}
            for condition in self.asked.conditions()
        ]

    def _without(self, condition: Condition) -> str:
        left = self.asked.without(condition)
        return str(self.get_query_string({name: left.get(name) for name in condition.parameters}))

    @property
    def whole(self) -> bool:
        """Whether no filter but the account is set."""
        return set(self.asked.params) <= {ACCOUNT}
