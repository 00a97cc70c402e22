"""The tabs of the follower list: who follows, who left, everybody, each with its number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followers.models import Follower
from followers.segments.choices import ALL, FOLLOWING, LEFT
from followers.segments.filter import STATUS

from . import paginator
from .paginator import CappedPaginator, capped_text, count_together


@dataclass(frozen=True)
class Tab:
    """count_text: "23,000", or "100,000+" if there are more; "" if that is not known."""

    status: str
    title: str
    url: str
    count: int
    count_text: str
    is_current: bool


@dataclass(frozen=True)
class Counts:
    """How many match all filters but that of the status, as lists that are counted.

    shown: the list of everybody if that is the one that is shown; looking at it may tell more.
    """

    following: CappedPaginator
    left: CappedPaginator
    shown: CappedPaginator | None = None

    @property
    def is_uncounted(self) -> bool:
        """Of everybody: as soon as one has more than are ever counted, no more need be known."""
        some = self.following.is_uncounted or self.left.is_uncounted
        return some and self.at_least <= paginator.LIMIT

    @property
    def at_least(self) -> int:
        known = (self.following, self.left)
        return sum((it.at_least or 0) if it.is_uncounted else it.count for it in known)

    @property
    def everybody(self) -> int:
        return min(self.following.count + self.left.count, paginator.LIMIT + 1)

    def of(self, status: str) -> tuple[int, str]:
        """Number and text."""
        if status == ALL and self.shown:
            return self.shown.count, self.shown.count_text
        if status == ALL:
            return self.everybody, self._text_of_everybody
        rows = self.following if status == FOLLOWING else self.left
        return rows.count, rows.count_text

    @property
    def _text_of_everybody(self) -> str:
        if self.is_uncounted:
            return f"{self.at_least:,}+" if self.at_least else ""
        return capped_text(self.everybody)


def count(status: str, shown: CappedPaginator, everybody: QuerySet[Follower]) -> Counts:
    """Two counts give all three numbers.

    shown: the rows of the tab `status`; it need not count everybody again. everybody: the rows of
    all tabs.
    """
    following, left = (
        shown if status == value else CappedPaginator(everybody.filter(subscribed=subscribed), 1)
        for value, subscribed in ((FOLLOWING, True), (LEFT, False))
    )
    count_together((left, following) if status == LEFT else (following, left))
    counts = Counts(following, left)
    if status == ALL:
        shown.count, shown.is_uncounted = counts.everybody, counts.is_uncounted
        shown.at_least = counts.at_least or None
        return replace(counts, shown=shown)
    return counts


def tabs(changelist: Any, status: str, counts: Counts) -> Iterator[Tab]:
    titles = {
        FOLLOWING: pgettext("tab", "Following"),
        LEFT: _("Unfollowed"),
        ALL: pgettext("tab", "All"),
    }
    for value, title in titles.items():
        url = changelist.get_query_string({STATUS: None if value == FOLLOWING else value})
        # Of a filter that could not be read, nobody knows whom it meant.
        number, text = (0, "") if changelist.problems else counts.of(value)
        yield Tab(value, title, url, number, text, value == status)
