"""Filters with a few values: account, status, source, blacklist, and what is empty or not."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ..rows.dialect import dialect
from ..wechat.sources import SOURCES, source_name
from .filter import (
    ACCOUNT,
    STATUS,
    ChoiceFilter,
    Condition,
    Filter,
    Followers,
    Matching,
    SeveralFilter,
    of_accounts,
    shortened,
)

# Values of the status parameter. Without it a list has those who follow: whoever writes, tags and
# counts followers means these.
FOLLOWING, LEFT, ALL = "1", "0", "all"
# The length of the column.
SOURCE_LENGTH = 64


class AccountFilter(ChoiceFilter):
    title = gettext_lazy("account")
    parameters = (ACCOUNT,)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {str(pk): name for pk, name in self.scope.accounts.items()}

    @cached_property
    def problem(self) -> str:
        if not super().problem:
            return ""
        text = _("There is no account “%(value)s”, or you may not see it.")
        return text % {"value": shortened(self.value)}

    @property
    def is_offered(self) -> bool:
        return len(self.options) > 1 or bool(self.value)

    def narrow_to_value(self, followers: Followers) -> Followers:
        return of_accounts(followers, [int(self.value)], tagged=self.scope.tagged)

    def value_text(self) -> str:
        return _("Account: %(name)s") % {"name": super().value_text()}


class StatusFilter(ChoiceFilter):
    """Without the parameter, those who follow, or whom the segments of the query mean.

    That is no condition to lift.
    """

    title = gettext_lazy("status")
    parameters = (STATUS,)
    widget = "pills"

    @property
    def value(self) -> str:
        return super().value or self.scope.status

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {FOLLOWING: _("Following"), LEFT: _("Unfollowed"), ALL: _("All")}

    def value_text(self) -> str:
        return _("All, with those who left") if self.value == ALL else super().value_text()

    def narrow_to_value(self, followers: Followers) -> Followers:
        if self.value == ALL:
            return followers
        # In the form of the partial index's condition.
        return followers.filter(subscribed=self.value == FOLLOWING)

    def narrow_in_order(self, followers: Followers) -> Followers:
        """For a list that is not in the order of leaving, which the partial indexes have.

        SQLite would take one of these because the condition is theirs, and sort all that it names.
        """
        if dialect().has_row_statistics or self.value == ALL:
            return self.narrow(followers)
        followers = followers.alias(follows=Coalesce("subscribed", Value(False)))
        return followers.filter(follows=self.value == FOLLOWING)

    def conditions(self) -> Iterator[Condition]:
        if self.value != self.scope.status:
            yield from super().conditions()


class SourceFilter(SeveralFilter):
    """Undocumented sources are allowed: WeChat adds sources without notice."""

    title = gettext_lazy("source")
    parameters = ("subscribe_scene__exact",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        """Labels by value: the documented sources, and valid ones that are chosen."""
        chosen = {value: source_name(value) for value in self.chosen if self.is_valid(value)}
        return {value: str(label) for value, label in SOURCES.items()} | chosen

    @property
    def has_index(self) -> bool:
        return bool(self.chosen)

    def is_valid(self, value: str) -> bool:
        return "\0" not in value and len(value) <= SOURCE_LENGTH

    def narrow_to_values(self, followers: Followers) -> Followers:
        # One is compared, so that its index gives the list in order.
        one, *others = self.chosen
        chosen = Q(subscribe_scene__in=self.chosen) if others else Q(subscribe_scene=one)
        return followers.filter(~Q(subscribe_scene=""), chosen)

    def arms(self) -> Sequence[Filter]:
        """Each source: the index of sources has the followers of one in order."""
        if len(self.chosen) < 2:
            return [self]
        known = ~Q(subscribe_scene="")
        return [Matching(known & Q(subscribe_scene=it)) for it in self.chosen]

    def value_text(self, value: str) -> str:
        return shortened(source_name(value))

    def sentence(self) -> str:
        return _("Source: %(name)s")


class BlacklistFilter(ChoiceFilter):
    title = gettext_lazy("blacklist")
    parameters = ("blacklisted__exact",)
    widget = "pills"

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"1": _("Blacklisted"), "0": _("Not blacklisted")}

    @property
    def short_options(self) -> Mapping[str, str]:
        return {"1": pgettext("filter", "On it"), "0": pgettext("filter", "Not on it")}

    @property
    def has_index(self) -> bool:
        return self.value == "1"

    def narrow_to_value(self, followers: Followers) -> Followers:
        # In the form of the partial index's condition.
        return followers.filter(blacklisted=self.value == "1")


class EmptyFilter(ChoiceFilter):
    """Without a text (1) or with one (0), in the form of the partial indexes' conditions."""

    field: ClassVar[str]
    labels: ClassVar[tuple[Promise, Promise]]
    widget = "pills"

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"0": str(self.labels[0]), "1": str(self.labels[1])}

    @property
    def short_options(self) -> Mapping[str, str]:
        return {"0": pgettext("filter", "With"), "1": pgettext("filter", "Without")}

    @property
    def has_index(self) -> bool:
        return self.value == "0"

    def narrow_to_value(self, followers: Followers) -> Followers:
        blank = Q(**{self.field: ""})
        return followers.filter(blank if self.value == "1" else ~blank)


class RemarkFilter(EmptyFilter):
    title = gettext_lazy("remark")
    parameters = ("remark__isempty",)
    field = "remark"
    labels = (gettext_lazy("With remark"), gettext_lazy("Without remark"))


class NoteFilter(EmptyFilter):
    title = gettext_lazy("internal note")
    parameters = ("note__isempty",)
    field = "note"
    labels = (gettext_lazy("With internal note"), gettext_lazy("Without internal note"))


class UnionidFilter(EmptyFilter):
    title = gettext_lazy("UnionID")
    parameters = ("unionid__isempty",)
    field = "unionid"
    labels = (gettext_lazy("With UnionID"), gettext_lazy("Without UnionID"))
