"""The orders of the follower list: the parameter `o` by name, as it stands in addresses."""

from dataclasses import dataclass

from django.contrib.admin.views.main import ORDER_VAR
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from followers.segments.choices import LEFT as UNFOLLOWED

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

_COLUMNS = {FOLLOWED: "followed_at", FIRST_SEEN: "first_seen_at", LEFT: "unsubscribed_at"}


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

    @property
    def order_by(self) -> list[str]:
        """The order, always down to the key; each has an index."""
        sign = "-" if self.descending else ""
        return [f"{sign}{_COLUMNS[self.name]}", f"{sign}pk"]

    def toggled(self, name: str) -> "Sort":
        """The order that a click on the heading of `name` leads to: newest first, then reversed."""
        return Sort(name, descending=not (self.name == name and self.descending))


def offered(status: str) -> dict[str, Promise]:
    """The titles by value; only those who left are sorted by when they did."""
    return {
        value: title
        for value, title in TITLES.items()
        if status == UNFOLLOWED or value.removeprefix("-") != LEFT
    }


USUAL = Sort(FOLLOWED, descending=True)


def sort_of(request: HttpRequest, status: str) -> Sort:
    """What the address asks for; the default for what is not offered."""
    value = request.GET.get(ORDER_VAR, "")
    if value not in offered(status):
        return USUAL
    return Sort(value.removeprefix("-"), value.startswith("-"))
