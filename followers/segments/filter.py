"""One condition that a follower list can be asked for; each is a class, and everything of it there.

What cannot be read matches nobody: an action on "all that match" must never reach everybody because
of a typing error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ..models import Follower
from ..rows.dialect import dialect
from .texts import visible

# A list's parameters, each with its values in the order of the address.
Params = Mapping[str, Sequence[str]]
Followers = QuerySet[Follower]

ACCOUNT = "account__id__exact"
STATUS = "subscribed__exact"
TAG = "tags__id__exact"
SCENE = "scene"

MAX_CHARACTERS = 60


@dataclass(frozen=True)
class Scope:
    """What a query is about.

    accounts: names by key, those that may be asked about. account: the only one that is, None for
    several. tagged: whether tags are asked for. names: by parameter, those of its values where they
    are to be called as they were at another time; else they are looked up.
    """

    accounts: Mapping[int, str]
    account: int | None = None
    tagged: bool = False
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """A condition in words, and the parameters to take away to lift it.

    value: only this one of the parameter's values is to be taken away.
    """

    text: str
    parameters: tuple[str, ...]
    value: str | None = None


def of_accounts(followers: Followers, keys: Sequence[int], *, tagged: bool) -> Followers:
    """Those who follow one of these accounts; tagged: they are looked for by a tag as well.

    SQLite, which keeps no statistics, would go through all followers of the account and look up
    the tag of each, instead of the other way round, if the account could be found by index.
    """
    if tagged and not dialect().has_row_statistics:
        return followers.alias(owner=Coalesce("account_id", 0)).filter(owner__in=keys)
    # Keys, not a subquery: with one account the planner reads its index in the list's order.
    return followers.filter(account_id__in=keys)


def shortened(text: str) -> str:
    return Truncator(visible(text)).chars(MAX_CHARACTERS)


class Filter:
    """One condition, with the values that it is given; widget: how a page offers it."""

    parameters: ClassVar[tuple[str, ...]]
    title: ClassVar[Promise]
    widget: ClassVar[Literal["choice", "days", "tags", "channel", ""]] = ""

    def __init__(self, params: Params, scope: Scope) -> None:
        given = {name: (params.get(name) or [""])[-1].strip() for name in self.parameters}
        self.given = {name: value for name, value in given.items() if value}
        self.scope = scope

    @cached_property
    def problem(self) -> str:
        """Why its values cannot be read, in the active language; "" where they can."""
        return ""

    @property
    def is_offered(self) -> bool:
        """Whether a page shows it."""
        return True

    def narrow(self, followers: Followers) -> Followers:
        """Those who match; only asked where there is no problem."""
        raise NotImplementedError

    def conditions(self) -> Iterator[Condition]:
        """In the active language; what cannot be read as it was written."""
        raise NotImplementedError


class ChoiceFilter(Filter):
    """One of a few values."""

    widget = "choice"

    @property
    def name(self) -> str:
        return self.parameters[0]

    @property
    def value(self) -> str:
        return self.given.get(self.name, "")

    @cached_property
    def options(self) -> Mapping[str, str]:
        """Words by value."""
        raise NotImplementedError

    @cached_property
    def problem(self) -> str:
        if not self.value or self.value in self.options:
            return ""
        facts = {"name": self.title, "value": Truncator(self.value).chars(40)}
        return _("The filter “%(name)s” has no value “%(value)s”.") % facts

    def narrow(self, followers: Followers) -> Followers:
        return self.chosen(followers) if self.value else followers

    def chosen(self, followers: Followers) -> Followers:
        return followers.filter(**{self.name: self.value})

    def conditions(self) -> Iterator[Condition]:
        if self.value:
            yield Condition(self.words(), self.parameters)

    def words(self) -> str:
        return str(self.options.get(self.value, self.value))
