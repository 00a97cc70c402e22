"""The tabs of the follower list: who follows, who left, everybody, each with its number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followers.models import Follower
from followers.segments.choices import ALL, FOLLOWING, LEFT
from followers.segments.filter import STATUS

from . import paginator
from .paginator import CappedPaginator


@dataclass(frozen=True)
class Tab:
    """count_text: "23,000", or "100,000+" if there are more."""

    status: str
    title: str
    url: str
    count: int
    count_text: str
    is_current: bool


@dataclass(frozen=True)
class Counts:
    """How many match all filters but that of the status, each counted up to the limit and one."""

    following: int
    left: int

    @property
    def everybody(self) -> int:
        return min(self.following + self.left, paginator.LIMIT + 1)

    def of(self, status: str) -> int:
        return {FOLLOWING: self.following, LEFT: self.left, ALL: self.everybody}[status]


def count(status: str, shown: CappedPaginator, everybody: QuerySet[Follower]) -> Counts:
    """Two counts give all three numbers.

    shown: the rows of the tab `status`; it need not count everybody again. everybody: the rows of
    all tabs.
    """
    if status == FOLLOWING:
        return Counts(shown.count, _number(everybody, subscribed=False))
    if status == LEFT:
        return Counts(_number(everybody, subscribed=True), shown.count)
    counts = Counts(_number(everybody, subscribed=True), _number(everybody, subscribed=False))
    shown.count = counts.everybody
    return counts


def _number(everybody: QuerySet[Follower], *, subscribed: bool) -> int:
    return CappedPaginator(everybody.filter(subscribed=subscribed), 1).count


def tabs(changelist: Any, status: str, counts: Counts) -> Iterator[Tab]:
    titles = {
        FOLLOWING: pgettext("tab", "Following"),
        LEFT: _("Unfollowed"),
        ALL: pgettext("tab", "All"),
    }
    for value, title in titles.items():
        number = counts.of(value)
        url = changelist.get_query_string({STATUS: None if value == FOLLOWING else value})
        yield Tab(value, title, url, number, capped_text(number), value == status)


def capped_text(number: int) -> str:
    """ "23,000", or "100,000+" if there are more."""
    limit = paginator.LIMIT
    return f"{limit:,}+" if number > limit else f"{number:,}"
