"""The base classes of filters. A filter is one class: parameters, problems, queryset, words.

An invalid value matches no follower: an action on "all matching" must never reach all followers
because of a typing error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, Protocol

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ..models import Follower, Segment
from ..rows.dialect import dialect
from .texts import printable_text

# The parameters of a list, each with its values in the order of the address.
Params = Mapping[str, Sequence[str]]
Followers = QuerySet[Follower]

ACCOUNT = "account__id__exact"
STATUS = "subscribed__exact"
TAG = "tags__id__exact"
SCENE = "scene"
SEGMENT = "segment"

MAX_CHARACTERS = 60


class ParsedQuery(Protocol):
    """A query.FollowerQuery."""

    @property
    def problems(self) -> list[str]: ...

    def narrow(self, followers: Followers) -> Followers: ...


@dataclass(frozen=True)
class OpenedSegment:
    """A segment with its parsed query. problem: why there is none; "" if there is one."""

    segment: Segment
    query: ParsedQuery | None
    problem: str = ""


@dataclass(frozen=True)
class Scope:
    """The context of a query.

    accounts: names of the allowed accounts by key. account: the only account of the query, None for
    several. tagged: whether the query filters by tags. names: by parameter, names of its values as
    they were at an earlier time; others are looked up. opened: the segments that the query names,
    by parameter value; others do not exist, or may not be seen.
    """

    accounts: Mapping[int, str]
    account: int | None = None
    tagged: bool = False
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    opened: Mapping[str, OpenedSegment] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """A condition in words, and the parameters to remove in order to drop it.

    value: remove only this one of the parameter's values.
    """

    text: str
    parameters: tuple[str, ...]
    value: str | None = None


def of_accounts(followers: Followers, keys: Sequence[int], *, tagged: bool) -> Followers:
    """The followers of these accounts; tagged: the query filters by a tag, too.

    SQLite keeps no statistics. If it could use the account's index, it would read all followers of
    the account and look up the tag of each, instead of the reverse.
    """
    if tagged and not dialect().has_row_statistics:
        return followers.alias(owner=Coalesce("account_id", 0)).filter(owner__in=keys)
    # Keys, not a subquery: with one account the planner can read its index in the list's order.
    return followers.filter(account_id__in=keys)


def shortened(text: str) -> str:
    return Truncator(printable_text(text)).chars(MAX_CHARACTERS)


class Filter:
    """A filter with the values of its parameters. widget: the template that renders it."""

    parameters: ClassVar[tuple[str, ...]]
    title: ClassVar[Promise]
    widget: ClassVar[Literal["choice", "days", "tags", "channel", "segment", "hidden", ""]] = ""

    def __init__(self, params: Params, scope: Scope) -> None:
        given = {name: (params.get(name) or [""])[-1].strip() for name in self.parameters}
        self.given = {name: value for name, value in given.items() if value}
        self.scope = scope

    @cached_property
    def problem(self) -> str:
        """Why the values are invalid, in the active language; "" if they are valid."""
        return ""

    @property
    def is_offered(self) -> bool:
        """Whether pages show this filter."""
        return True

    def narrow(self, followers: Followers) -> Followers:
        """The followers that match; only called if there is no problem."""
        raise NotImplementedError

    def conditions(self) -> Iterator[Condition]:
        """The conditions in the active language; invalid values are shown as they are."""
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
        """Labels by value."""
        raise NotImplementedError

    @cached_property
    def problem(self) -> str:
        if not self.value or self.value in self.options:
            return ""
        facts = {"name": self.title, "value": Truncator(self.value).chars(40)}
        return _("The filter “%(name)s” has no value “%(value)s”.") % facts

    def narrow(self, followers: Followers) -> Followers:
        return self.narrow_to_value(followers) if self.value else followers

    def narrow_to_value(self, followers: Followers) -> Followers:
        return followers.filter(**{self.name: self.value})

    def conditions(self) -> Iterator[Condition]:
        if self.value:
            yield Condition(self.value_text(), self.parameters)

    def value_text(self) -> str:
        return str(self.options.get(self.value, self.value))
