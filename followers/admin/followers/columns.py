"""The columns of the follower list: what each shows, and which a user sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from followers.models import Tag
from followers.segments.choices import FOLLOWING

from . import cells, list_cells, sorting

# The address of the list that is filtered by this tag, too.
TagUrl = Callable[[Tag], str]


@dataclass(frozen=True)
class Column:
    """name: in preferences and CSS classes. sort: the name of the order that its heading offers.

    shown: whether it is there until the user chooses, if it has anything to show.
    """

    name: str
    title: Promise | str
    cell: Callable[[Any], SafeString | str]
    sort: str = ""
    shown: bool = False


TAGS = "tagged"
LEFT = "left"
ACCOUNT = "account_name"
NOTE = "note"
FIRST_SEEN = "first_seen"
# In the order of the table. The first column, who it is, is always there.
COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(ACCOUNT, gettext_lazy("account"), list_cells.account_cell, shown=True),
        Column("state", gettext_lazy("status"), cells.status_cell, shown=True),
        Column(TAGS, gettext_lazy("tags"), list_cells.tags_cell, shown=True),
        Column("came_from", gettext_lazy("source"), list_cells.list_source_cell, shown=True),
        Column("followed", gettext_lazy("followed at"), list_cells.followed_cell, "followed", True),
        Column(FIRST_SEEN, gettext_lazy("first seen"), cells.first_seen_cell, "first_seen"),
        Column(LEFT, gettext_lazy("left at"), list_cells.left_cell, "left", True),
        Column("remark", gettext_lazy("remark"), list_cells.remark_cell),
        Column(NOTE, gettext_lazy("internal note"), list_cells.note_cell),
        Column("unionid", "UnionID", list_cells.unionid_cell),
        Column("language", gettext_lazy("language"), list_cells.language_cell),
        Column("details", gettext_lazy("details as of"), list_cells.details_cell),
        Column("blacklisted", gettext_lazy("blacklisted"), list_cells.blacklisted_cell),
        Column("scene", gettext_lazy("QR scene"), list_cells.scene_cell),
    )
}


@dataclass(frozen=True)
class Choice:
    """A checkbox of the menu "Columns"."""

    column: Column
    is_chosen: bool


def default_columns(filled: Mapping[str, bool]) -> list[str]:
    """The names of what is shown until the user chooses. filled: whether a column has values.

    When somebody was first seen says little once WeChat has told when and how they followed.
    """
    usual = {name: column.shown and filled.get(name, True) for name, column in COLUMNS.items()}
    usual[FIRST_SEEN] = not usual["followed"]
    return [name for name, is_shown in usual.items() if is_shown]


def shown_columns(chosen: Sequence[str], status: str) -> list[Column]:
    """In the order of the table; nobody who follows has a time of leaving."""
    names = [name for name in COLUMNS if name in chosen]
    return [COLUMNS[name] for name in names if name != LEFT or status != FOLLOWING]


def choices(chosen: Sequence[str]) -> list[Choice]:
    return [Choice(column, name in chosen) for name, column in COLUMNS.items()]


def heading_order(column: Column, order: sorting.Sort) -> str:
    """The value of aria-sort."""
    if column.sort != order.name:
        return ""
    return "descending" if order.descending else "ascending"
