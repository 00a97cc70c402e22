"""Filters with a few values: account, status, source, blacklist, remark."""

from collections.abc import Mapping
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..wechat.sources import SOURCES, source_name
from .filter import ACCOUNT, STATUS, ChoiceFilter, Followers, of_accounts, shortened

# The values of the status parameter. Without it, a list means those who follow.
FOLLOWING, LEFT, ALL = "1", "0", "all"
# The length of the column.
SOURCE_LENGTH = 64


class AccountFilter(ChoiceFilter):
    title = gettext_lazy("account")
    parameters = (ACCOUNT,)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {str(pk): name for pk, name in self.scope.accounts.items()}

    @property
    def is_offered(self) -> bool:
        return len(self.options) > 1 or bool(self.value)

    def narrow_to_value(self, followers: Followers) -> Followers:
        return of_accounts(followers, [int(self.value)], tagged=self.scope.tagged)

    def value_text(self) -> str:
        return _("Account: %(name)s") % {"name": super().value_text()}


class StatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameters = (STATUS,)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {FOLLOWING: _("Following"), LEFT: _("Unfollowed")}

    @property
    def status(self) -> str:
        """FOLLOWING, LEFT or ALL, if there is no problem."""
        return self.value or FOLLOWING

    @cached_property
    def problem(self) -> str:
        return "" if self.value == ALL else super().problem

    def narrow(self, followers: Followers) -> Followers:
        if self.status == ALL:
            return followers
        # In the form of the partial index's condition.
        return followers.filter(subscribed=self.status == FOLLOWING)

    def value_text(self) -> str:
        return _("All followers") if self.value == ALL else super().value_text()


class SourceFilter(ChoiceFilter):
    """Undocumented sources are allowed: WeChat adds sources without notice."""

    title = gettext_lazy("source")
    parameters = ("subscribe_scene__exact",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        options = {value: str(label) for value, label in SOURCES.items()}
        readable = self.value and "\0" not in self.value and len(self.value) <= SOURCE_LENGTH
        return options | ({self.value: source_name(self.value)} if readable else {})

    def narrow_to_value(self, followers: Followers) -> Followers:
        return followers.filter(~Q(subscribe_scene=""), subscribe_scene=self.value)

    def value_text(self) -> str:
        return _("Source: %(name)s") % {"name": shortened(source_name(self.value))}


class BlacklistFilter(ChoiceFilter):
    title = gettext_lazy("blacklist")
    parameters = ("blacklisted__exact",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"1": _("Blacklisted"), "0": _("Not blacklisted")}

    def narrow_to_value(self, followers: Followers) -> Followers:
        # In the form of the partial index's condition.
        return followers.filter(blacklisted=self.value == "1")


class RemarkFilter(ChoiceFilter):
    title = gettext_lazy("remark")
    parameters = ("remark__isempty",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"0": _("With remark"), "1": _("Without remark")}

    def narrow_to_value(self, followers: Followers) -> Followers:
        blank = Q(remark="")
        return followers.filter(blank if self.value == "1" else ~blank)
