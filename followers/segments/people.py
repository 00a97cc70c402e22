"""Filters that are ticked or not: details that are out of date, and people who follow elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Follower
from ..models.followers import UNREAD
from ..rows.profiles import details_older_than, needs_details, oldest_fresh_details
from .choices import LEFT, StatusFilter
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

    def narrow_to_value(self, followers: Followers) -> Followers:
        if self._of_those_who_left:
            return followers.filter(pk__in=())
        return followers.filter(needs_details(self._outdated_before))

    def arms(self) -> Sequence[Filter]:
        if not self.value or self._of_those_who_left:
            return [self]
        return [Matching(UNREAD), Matching(details_older_than(self._outdated_before))]

    @cached_property
    def _outdated_before(self) -> datetime:
        return oldest_fresh_details()


class ElsewhereFilter(ChoiceFilter):
    """The same person, by unionid, follows another account of whoever asks."""

    title = gettext_lazy("other accounts")
    parameters = (ELSEWHERE,)
    widget = "tick"

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {"1": _("Follows another of my accounts, too")}

    @property
    def is_offered(self) -> bool:
        return len(self.scope.accounts) > 1 or bool(self.value)

    def narrow_to_value(self, followers: Followers) -> Followers:
        mine = self.scope.accounts if self.scope.my_accounts is None else self.scope.my_accounts
        known = ~Q(unionid="")
        there = Follower.objects.filter(
            known, unionid=OuterRef("unionid"), subscribed=True, account_id__in=list(mine)
        )
        # The partial index of those who may match; most people follow one account.
        followers = followers.filter(known, unionid_is_shared=True)
        return followers.filter(Exists(there.filter(~Q(account_id=OuterRef("account_id")))))
