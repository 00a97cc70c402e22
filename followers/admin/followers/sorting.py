"""The orders of the follower list: the parameter `o` by name, as it stands in addresses."""

from dataclasses import dataclass

from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import F
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from followers.segments.choices import FOLLOWING

FOLLOWED, FIRST_SEEN, LEFT = "followed", "first_seen", "left"
DEFAULT = f"-{FOLLOWED}"

# In the order of the menu.
TITLES: dict[str, Promise] = {
    f"-{FOLLOWED}": gettext_lazy("Followed: newest first"),
    FOLLOWED: gettext_lazy("Followed: oldest first"),
    f"-{FIRST_SEEN}": gettext_lazy("First seen: newest first"),
    FIRST_SEEN: gettext_lazy("First seen: oldest first"),
    f"-{LEFT}": gettext_lazy("Left: newest first"),
    LEFT: gettext_lazy("Left: oldest first"),
}


@dataclass(frozen=True)
class Sort:
    """name: FOLLOWED, FIRST_SEEN or LEFT."""

    name: str
    descending: bool

    @property
    def title(self) -> Promise:
        return TITLES[self.value]

    @property
    def value(self) -> str:
        """The value of the parameter."""
        return f"-{self.name}" if self.descending else self.name

    def order_by(self, *, tagged: bool = False) -> list[str | OrderBy]:
        """The order, always down to the key; tagged: the rows are joined with one of their tags.

        Who never left comes last in either direction. A tag has an index of its own, which repeats
        the followers' columns: databases do not see that the order is the same.
        """
        sign = "-" if self.descending else ""
        key = "followertag__follower_id" if tagged else "id"
        if self.name == FIRST_SEEN:
            # Row ids are in the order of first_seen_at, and only they have an index.
            return [f"{sign}{key}"]
        if self.name == LEFT:
            return [OrderBy(F("unsubscribed_at"), self.descending, nulls_last=True), f"{sign}id"]
        return [f"{sign}{'followertag__' if tagged else ''}followed_at", f"{sign}{key}"]

    def toggled(self, name: str) -> "Sort":
        """The order that a click on the heading of `name` leads to: newest first, then reversed."""
        return Sort(name, descending=not (self.name == name and self.descending))


def offered(status: str) -> dict[str, Promise]:
    """The titles by value; those who follow are not sorted by when they left."""
    return {
        value: title
        for value, title in TITLES.items()
        if status != FOLLOWING or value.removeprefix("-") != LEFT
    }


USUAL = Sort(FOLLOWED, descending=True)


def sort_of(request: HttpRequest, status: str) -> Sort:
    """What the address asks for; the default for what is not offered."""
    value = request.GET.get(ORDER_VAR, "")
    if value not in offered(status):
        return USUAL
    return Sort(value.removeprefix("-"), value.startswith("-"))
