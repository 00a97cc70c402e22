"""The filter by tags."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import FollowerTag, Tag
from ..rows.dialect import dialect
from .choices import LEFT, StatusFilter
from .filter import (
    TAG,
    TAGS_ALL,
    TAGS_ANY,
    TAGS_NONE,
    Condition,
    Filter,
    Followers,
    Params,
    Scope,
    alternatives,
    no_such_value,
    shortened,
    values_of,
)

UNTAGGED = "untagged"
# A tag of so many is looked through for those who match other filters, too.
MAX_WALKED = 100_000


def tag_keys(params: Params) -> list[str]:
    """The primary keys of all tags that the parameters name, as texts."""
    every = (values_of(params, name) for name in (TAG, TAGS_ALL, TAGS_ANY, TAGS_NONE))
    return list(dict.fromkeys(key for values in every for key in values))


def joins_tags(params: Params) -> bool:
    """Whether a query joins the tags of followers: it wants one that all of them have."""
    return any(values_of(params, name) for name in (TAG, TAGS_ALL))


class TagFilter(Filter):
    """Followers with all of some tags, with any of some, with none of some, or with no tag.

    Tags of somebody who left are those that they had when that was last known.
    """

    title = gettext_lazy("tags")
    parameters = (TAG, TAGS_ALL, TAGS_ANY, TAGS_NONE, UNTAGGED)
    widget = "tags"

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self.all = list(dict.fromkeys(self.values[TAG] + self.values[TAGS_ALL]))
        self.any, self.none = self.values[TAGS_ANY], self.values[TAGS_NONE]
        self.untagged = self.given.get(UNTAGGED, "")
        self._tags = scope.lookups.tags.ask(lambda: scope.account)
        self.of_those_who_left = StatusFilter(params, scope).value == LEFT

    @property
    def chosen(self) -> list[str]:
        return list(dict.fromkeys(self.all + self.any + self.none))

    @property
    def tags(self) -> list[Tag]:
        return self._tags()

    @cached_property
    def _existing(self) -> Mapping[str, str]:
        return {str(tag.pk): tag.name for tag in self.tags}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """By key; also of tags that are gone, if their names are known."""
        return {**self.scope.names.get(TAG, {}), **self._existing}

    @cached_property
    def problem(self) -> str:
        if self.untagged not in ("", "1"):
            return no_such_value(_("Without tags"), self.untagged)
        if self.chosen and self.scope.account is None:
            return _("Tags belong to an account: choose one account to filter by tag.")
        if value := next(self._unknown(), ""):
            return _("This account has no tag “%(value)s”.") % {"value": shortened(value)}
        return ""

    def gone(self, stored: Mapping[str, str]) -> Iterator[str]:
        text = _("the tag “%(name)s” has been deleted.")
        for value in self._unknown():
            yield text % {"name": shortened(stored.get(value, value))}

    def _unknown(self) -> Iterator[str]:
        return (value for value in self.chosen if value not in self._existing)

    @property
    def contradiction(self) -> str:
        if not self._contradicts_itself:
            return ""
        return _("The filters by tag exclude each other, so nobody can match.")

    @property
    def is_offered(self) -> bool:
        return self.scope.account is None or bool(self.tags or self.chosen or self.untagged)

    def narrow(self, followers: Followers) -> Followers:
        if self._contradicts_itself:
            # A database would look through everybody before it knows. Not none(), which is for
            # filters that cannot be read.
            return followers.filter(pk__in=())
        return self._with_any_or_none(self._with_all(followers))

    def _with_any_or_none(self, followers: Followers) -> Followers:
        if self.any:
            followers = followers.filter(_having(self.any))
        if self.none:
            followers = followers.filter(~_having(self.none))
        return self.narrow_rest(self.narrow_by_index(followers)) if self.untagged else followers

    @property
    def has_index(self) -> bool:
        """Of whoever has no tag; a tag's own is joined in any case."""
        return bool(self.untagged) and not self.chosen

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        return followers.filter(has_tags=False)

    def named_keys(self, followers: Followers) -> list[QuerySet[Any]]:
        keys = self._rarest_first()[:1] or self.any
        if not keys:
            return super().named_keys(followers)
        tagged = FollowerTag.objects.filter(tag_id__in=list(map(int, keys)))
        return [tagged.order_by().values("follower_id")]

    def narrow_few(self, followers: Followers) -> Followers:
        if self._contradicts_itself:
            return self.narrow(followers)
        for key in self.all:
            followers = followers.filter(_having([key]))
        return self._with_any_or_none(followers)

    def narrow_rest(self, followers: Followers) -> Followers:
        """Rows that were written by hand count."""
        return followers.filter(~Exists(FollowerTag.objects.filter(follower_id=OuterRef("pk"))))

    def _with_all(self, followers: Followers) -> Followers:
        if not self.all:
            return followers
        # A join, because SQLite would collect all followers with the tag first. So the list reads
        # the index of the rarest tag, newest first, and looks up the others.
        first, *others = self._rarest_first()
        followers = followers.filter(followertag__tag_id=int(first))
        for key in others:
            followers = followers.filter(_having([key]))
        return followers

    @property
    def _contradicts_itself(self) -> bool:
        if self.untagged and (self.all or self.any):
            return True
        unwanted = set(self.none)
        return bool(unwanted & set(self.all)) or bool(self.any and set(self.any) <= unwanted)

    def _rarest_first(self) -> list[str]:
        if len(self.all) < 2:
            return self.all
        return sorted(self.all, key=self._sizes.__getitem__)

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {str(tag.pk): tag.follower_count for tag in self.tags}

    @property
    def _rarest(self) -> int:
        return min(self._sizes[key] for key in self.all)

    def arms(self) -> list[Filter]:
        """Each tag of those of which any will do."""
        if self.all or not self.any:
            return [self]
        rest = {TAGS_NONE: self.none, UNTAGGED: [self.untagged]}
        return [TagFilter({**rest, TAGS_ALL: [key]}, self.scope) for key in self.any]

    def index_order(self, order: Sequence[str], *, alone: bool) -> list[str]:
        """An order of followers by the index from which the rarest tag is read, if it has it.

        The index has the followers' own time and id; no planner sees that they are the same. Unless
        tags are `alone` among the filters, another's index may lead to a page of many sooner.
        """
        if not self.all:
            return []
        # SQLite reads the tag's index in any case.
        if not alone and dialect().has_row_statistics and self._rarest > MAX_WALKED:
            return []
        same = {"followed_at": "followertag__followed_at", "pk": "followertag__follower_id"}
        names = [(name.startswith("-"), name.lstrip("-")) for name in order]
        if [name for _descending, name in names] not in (["followed_at", "pk"], ["pk"]):
            return []
        return [f"{'-' * descending}{same[name]}" for descending, name in names]

    def conditions(self) -> Iterator[Condition]:
        left = self.of_those_who_left
        having = _("Had the tag “%(name)s” when they left") if left else _("Tag: %(name)s")
        yield from self._each(self.all, (TAG, TAGS_ALL), having)
        yield from alternatives(
            TAGS_ANY,
            [(value, self._name(value)) for value in self.any],
            self._any_sentence() if len(self.any) > 1 else having,
        )
        without = _("Without the tag: %(name)s")
        if left:
            without = _("Did not have the tag “%(name)s” when they left")
        yield from self._each(self.none, (TAGS_NONE,), without)
        if self.untagged:
            text = _("Had no tags when they left") if left else _("Without tags")
            valid = self.untagged == "1"
            yield Condition(text if valid else shortened(self.untagged), (UNTAGGED,))

    def _any_sentence(self) -> str:
        if self.of_those_who_left:
            return _("Had any of these tags when they left: %(name)s")
        return _("Any of the tags: %(name)s")

    def _each(
        self, values: list[str], parameters: tuple[str, ...], sentence: str
    ) -> Iterator[Condition]:
        for value in values:
            yield Condition(sentence % {"name": self._name(value)}, parameters, value)

    def _name(self, value: str) -> str:
        return shortened(self.names.get(value, value))


def _having(keys: list[str]) -> Exists:
    """Whether a follower has any of these tags."""
    rows = FollowerTag.objects.filter(follower_id=OuterRef("pk"))
    return Exists(rows.filter(tag_id__in=list(map(int, keys))))
