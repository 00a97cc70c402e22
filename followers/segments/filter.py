"""The base classes of filters. A filter is one class: parameters, problems, queryset, words.

An invalid value matches no follower: an action on "all matching" must never reach all followers
because of a typing error.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ..models import Follower, Segment
from ..rows.dialect import dialect
from .lookups import Lookups
from .texts import printable_text

# The parameters of a list, each with its values in the order of the address.
Params = Mapping[str, Sequence[str]]
Followers = QuerySet[Follower]

ACCOUNT = "account__id__exact"
STATUS = "subscribed__exact"
TAG = "tags__id__exact"
TAGS_ALL, TAGS_ANY, TAGS_NONE = "tags_all", "tags_any", "tags_none"
SCENE = "scene"
GROUP = "channel_group"
SEGMENT = "segment"
SEARCH = "q"
# Several values in one: tags_any=5,6. Forms repeat the parameter instead, which means the same.
COMMA_LISTS = frozenset({TAGS_ALL, TAGS_ANY, TAGS_NONE})

# "beside": by that of another filter.
Widget = Literal[
    "choice",
    "pills",
    "tick",
    "several",
    "days",
    "tags",
    "channel",
    "beside",
    "segment",
    "hidden",
    "",
]

MAX_CHARACTERS = 60
# Up to this number, finding all and sorting them is sooner done than walking through an index in
# the list's order until a page of them is found.
FEW = 20_000
# A filter is split into no more lists.
MAX_ARMS = 20
# Values of one filter; more are no choice that somebody made.
MAX_VALUES = 100


class ParsedQuery(Protocol):
    """A query.FollowerQuery."""

    @property
    def problems(self) -> list[str]: ...

    def gone(self, stored: Mapping[str, str]) -> list[str]: ...

    def narrow(self, followers: Followers) -> Followers: ...

    def words(self) -> list[str]: ...


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
    several. tagged: whether the query joins the tags of followers. names: by parameter, names of
    its values as they were at an earlier time; others are looked up. my_accounts: those among which
    a person is looked for elsewhere; None for the allowed ones. opened: the segments that the query
    names, by parameter value; others do not exist, or may not be seen. status: that of a query
    which has none of its own. lookups: shared with the queries of these segments.
    """

    accounts: Mapping[int, str]
    account: int | None = None
    tagged: bool = False
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    my_accounts: Collection[int] | None = None
    opened: Mapping[str, OpenedSegment] = field(default_factory=dict)
    status: str = "1"
    lookups: Lookups = field(default_factory=Lookups)

    @property
    def account_keys(self) -> list[int]:
        """Of the only account, or of all that are allowed."""
        return list(self.accounts) if self.account is None else [self.account]


@dataclass(frozen=True)
class Condition:
    """A condition in words, and the parameters to remove in order to drop it.

    value: remove only this one of the parameter's values. is_alternative: it widens the condition
    before it instead of narrowing further; its text goes on from that one.
    """

    text: str
    parameters: tuple[str, ...]
    value: str | None = None
    is_alternative: bool = False


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


def values_of(params: Params, name: str) -> list[str]:
    """The distinct values of a parameter; of a comma list its items, or itself if it has none."""
    given = [value.strip() for value in params.get(name, ())]
    if name in COMMA_LISTS:
        given = [it.strip() for value in given for it in _items(value)]
    return list(dict.fromkeys(filter(None, given)))


def without_value(values: Sequence[str], name: str, value: str) -> list[str]:
    """The values of a parameter without one of those that `values_of` finds in them."""
    kept = [it for it in values if it.strip() != value]
    if name not in COMMA_LISTS:
        return kept
    lists = ([item for item in _items(it) if item.strip() != value] for it in kept)
    return [",".join(items) for items in lists if items]


def _items(value: str) -> list[str]:
    return [it for it in value.split(",") if it.strip()] or [value]


def no_such_value(title: Promise | str, value: str) -> str:
    facts = {"name": title, "value": Truncator(value.replace("\0", "")).chars(40)}
    return _("The filter “%(name)s” has no value “%(value)s”.") % facts


class Filter:
    """A filter with the values of its parameters. widget: the template that renders it.

    given: the last value of each parameter that has one.
    """

    parameters: ClassVar[tuple[str, ...]]
    title: ClassVar[Promise]
    widget: ClassVar[Widget] = ""

    def __init__(self, params: Params, scope: Scope) -> None:
        given = {name: (params.get(name) or [""])[-1].strip() for name in self.parameters}
        self.given = {name: value for name, value in given.items() if value}
        self.values = {name: values_of(params, name) for name in self.parameters}
        self.scope = scope

    @cached_property
    def problem(self) -> str:
        """Why the values are invalid, in the active language; "" if they are valid."""
        return ""

    def gone(self, stored: Mapping[str, str]) -> Iterable[str]:
        """In words, what it names that was deleted, so that nobody can match.

        stored: names as a segment kept them, those of tags by key.
        """
        return ()

    @property
    def contradiction(self) -> str:
        """Why nobody can match, in the active language; "" if somebody can."""
        return ""

    @property
    def is_offered(self) -> bool:
        """Whether pages show this filter."""
        return True

    def narrow(self, followers: Followers) -> Followers:
        """The followers that match; only called if there is no problem."""
        raise NotImplementedError

    def narrow_any_status(self, followers: Followers) -> Followers:
        """Those that match, whatever status is asked for."""
        return self.narrow(followers)

    @property
    def has_index(self) -> bool:
        """Whether an index without the rows tells who matches, or nearly."""
        return False

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        """Those whom that index names, or their keys; `narrow_rest` for what it does not tell."""
        return self.narrow(followers)

    def narrow_rest(self, followers: Followers) -> Followers:
        return followers

    def named_keys(self, followers: Followers) -> list[QuerySet[Any]]:
        """Keys of those whom that index names, perhaps more than match; none without an index."""
        if not self.has_index:
            return []
        return [self.narrow_by_index(followers).order_by().values("pk")]

    def narrow_few(self, followers: Followers) -> Followers:
        """Those that match, each of whom is looked up: no index is to begin with."""
        return self.narrow(followers)

    def arms(self) -> "Sequence[Filter]":
        """Filters whose followers together are those of this one, if each has an index and it none.

        Only called if there is no problem.
        """
        return [self]

    def conditions(self) -> Iterator[Condition]:
        """The conditions in the active language; invalid values are shown as they are."""
        raise NotImplementedError


class Matching(Filter):
    """Those for whom a condition holds."""

    parameters = ()

    def __init__(self, condition: Q) -> None:
        super().__init__({}, Scope({}))
        self.condition = condition

    def narrow(self, followers: Followers) -> Followers:
        return followers.filter(self.condition)


class ChoiceFilter(Filter):
    """One of a few values."""

    widget: ClassVar[Widget] = "choice"

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

    @property
    def short_options(self) -> Mapping[str, str]:
        """Labels by value below the filter's title."""
        return self.options

    @cached_property
    def problem(self) -> str:
        if not self.value or self.value in self.options:
            return ""
        return no_such_value(self.title, self.value)

    def narrow(self, followers: Followers) -> Followers:
        return self.narrow_to_value(followers) if self.value else followers

    def narrow_to_value(self, followers: Followers) -> Followers:
        return followers.filter(**{self.name: self.value})

    def conditions(self) -> Iterator[Condition]:
        if self.value:
            yield Condition(self.value_text(), self.parameters)

    def value_text(self) -> str:
        return str(self.options.get(self.value, self.value))


class SeveralFilter(Filter):
    """Any of several values of one parameter: each has a condition of its own."""

    widget: ClassVar[Widget] = "several"

    @property
    def name(self) -> str:
        return self.parameters[0]

    @property
    def chosen(self) -> list[str]:
        return self.values[self.name]

    @cached_property
    def problem(self) -> str:
        if len(self.chosen) > MAX_VALUES:
            facts = {"name": self.title, "count": MAX_VALUES}
            return _("“%(name)s”: at most %(count)s values can be chosen at once.") % facts
        wrong = (value for value in self.chosen if not self.is_valid(value))
        return no_such_value(self.title, value) if (value := next(wrong, "")) else ""

    def is_valid(self, value: str) -> bool:
        raise NotImplementedError

    def narrow(self, followers: Followers) -> Followers:
        return self.narrow_to_values(followers) if self.chosen else followers

    def narrow_to_values(self, followers: Followers) -> Followers:
        raise NotImplementedError

    def conditions(self) -> Iterator[Condition]:
        return alternatives(self.name, self.named, self.sentence())

    @property
    def named(self) -> list[tuple[str, str]]:
        """The chosen values, each with its words."""
        return [(value, self.value_text(value)) for value in self.chosen]

    def value_text(self, value: str) -> str:
        """The value in words."""
        return shortened(value)

    def sentence(self) -> str:
        """The condition in words, with %(name)s for a value's."""
        raise NotImplementedError


def alternatives(
    parameter: str, named: Iterable[tuple[str, str]], sentence: str
) -> Iterator[Condition]:
    """A condition for each value and its name: “Source: QR code”, “or Account search”."""
    for number, (value, name) in enumerate(named):
        text = (_("or %(name)s") if number else sentence) % {"name": name}
        yield Condition(text, (parameter,), value, is_alternative=bool(number))
