"""Filters that are ticked or not: details that are out of date, and people who follow elsewhere."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Follower
from ..rows.profiles import (
    details_older_than,
    needs_details,
    oldest_fresh_details,
    unread_details,
)
from .choices import LEFT, StatusFilter, UnionidFilter
from .filter import ChoiceFilter, Filter, Followers, Matching, Params, Scope

ELSEWHERE = "elsewhere"


class StaleDetailsFilter(ChoiceFilter):
    """Those whose details the next sync reads: they follow, whatever the status filter says."""

    title = gettext_lazy("details")
    parameters = ("details_stale",)
    widget = "tick"

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._of_those_who_left = StatusFilter(params, scope).value == LEFT

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"1": _("Details missing or out of date")}

    @property
    def contradiction(self) -> str:
        if not (self.value and self._of_those_who_left):
            return ""
        return _("Details are read of those who follow, so nobody who left can match.")

    def narrow_to_value(self, followers: Followers) -> Followers:
        if self._of_those_who_left:
            return followers.filter(pk__in=())
        return self._narrow_to_stale(followers)

    def narrow_any_status(self, followers: Followers) -> Followers:
        return self._narrow_to_stale(followers) if self.value else followers

    def _narrow_to_stale(self, followers: Followers) -> Followers:
        # Both conditions say so, but only this one tells a planner that nobody has left.
        return followers.filter(needs_details(self._outdated_before), subscribed=True)

    @property
    def has_index(self) -> bool:
        return bool(self.value) and not self._of_those_who_left

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        """Of their two indexes, one after the other."""
        found, *others = (it.narrow(followers).order_by().values("pk") for it in self.arms())
        return found.union(*others, all=True)

    def named_keys(self, followers: Followers) -> list[QuerySet[Any]]:
        if not self.has_index:
            return []
        return [it.narrow(followers).order_by().values("pk") for it in self.arms()]

    def arms(self) -> Sequence[Filter]:
        if not self.value or self._of_those_who_left:
            return [self]
        return self._arms

    @cached_property
    def _arms(self) -> Sequence[Filter]:
        older = details_older_than(self._outdated_before)
        return [Matching(unread_details()), Matching(older)]

    @cached_property
    def _outdated_before(self) -> Combinable:
        return oldest_fresh_details()


class ElsewhereFilter(ChoiceFilter):
    """The same person, by unionid, follows another account of whoever asks."""

    title = gettext_lazy("other accounts")
    parameters = (ELSEWHERE,)
    widget = "tick"

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._of_unknown_people = UnionidFilter(params, scope).value == "1"

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"1": _("Follows another of my accounts, too")}

    @property
    def contradiction(self) -> str:
        if not (self.value and self._of_unknown_people):
            return ""
        return _("Other accounts are known by the UnionID, so nobody without one can match.")

    @property
    def is_offered(self) -> bool:
        return len(self.scope.accounts) > 1 or bool(self.value)

    @property
    def has_index(self) -> bool:
        return bool(self.value) and not self._of_unknown_people

    def narrow_to_value(self, followers: Followers) -> Followers:
        if self._of_unknown_people:
            return followers.filter(pk__in=())
        return self.narrow_rest(self.narrow_by_index(followers))

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        """Those who may match: most people follow one account."""
        return followers.filter(unionid_is_shared=True)

    def narrow_rest(self, followers: Followers) -> Followers:
        mine = self.scope.accounts if self.scope.my_accounts is None else self.scope.my_accounts
        known = ~Q(unionid="")
        there = Follower.objects.filter(
            known, unionid=OuterRef("unionid"), subscribed=True, account_id__in=list(mine)
        )
        elsewhere = there.filter(~Q(account_id=OuterRef("account_id")))
        return followers.filter(known).filter(Exists(elsewhere))
