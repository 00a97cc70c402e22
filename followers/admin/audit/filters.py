"""The filters of the activity log, of the same make as those of the follower list."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from followers.accounts.access import own_accounts
from followers.accounts.grants import visible_members
from followers.audit import name_of
from followers.models import AuditEntry
from followers.segments.choices import AccountFilter as FollowersOfAccountFilter
from followers.segments.days import RecentDaysFilter
from followers.segments.filter import ChoiceFilter, Filter, Scope

from ..followers.filters import PERIODS

Action = AuditEntry.Action
Entries = QuerySet[Any]

# What people look for, in the order of how often they do.
KINDS: dict[str, tuple[Promise, tuple[AuditEntry.Action, ...]]] = {
    "signing_in": (
        gettext_lazy("Signing in"),
        (
            Action.SIGNED_IN,
            Action.SIGN_IN_FAILED,
            Action.SIGNED_OUT,
            Action.SESSIONS_ENDED,
            Action.PASSWORD_SET,
        ),
    ),
    "members": (
        gettext_lazy("Members and rights"),
        (
            Action.MEMBER_INVITED,
            Action.INVITATION_RENEWED,
            Action.MEMBER_CHANGED,
            Action.RIGHTS_CHANGED,
            Action.MEMBER_DELETED,
            Action.GROUP_ADDED,
            Action.GROUP_CHANGED,
            Action.GROUP_DELETED,
        ),
    ),
    "exports": (gettext_lazy("Exports"), (Action.EXPORTED,)),
    "changes": (
        gettext_lazy("Changes and imports"),
        (
            Action.CHANGE_STARTED,
            Action.IMPORTED,
            Action.CHANGE_UNDONE,
            Action.CHANGE_REPEATED,
            Action.RUN_CANCELLED,
            Action.RUN_RESUMED,
        ),
    ),
    "syncs": (
        gettext_lazy("Syncs"),
        (
            Action.SYNC_STARTED,
            Action.REVIEW_APPLIED,
            Action.REVIEW_DISCARDED,
            Action.RUN_CANCELLED,
            Action.RUN_RESUMED,
        ),
    ),
    "accounts": (
        gettext_lazy("Accounts, AppSecrets and alerts"),
        (
            Action.ACCOUNT_ADDED,
            Action.ACCOUNT_CHANGED,
            Action.SECRET_REPLACED,
            Action.ACCOUNT_DELETED,
            Action.TARGET_ADDED,
            Action.TARGET_CHANGED,
            Action.TARGET_DELETED,
        ),
    ),
}
# Of the deeds that are done to both kinds of run.
RUN_KINDS = {"changes": "editrun", "syncs": "syncrun"}


class KindFilter(ChoiceFilter):
    title = gettext_lazy("what happened")
    parameters = ("kind",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {key: str(label) for key, (label, _actions) in KINDS.items()}

    def narrow_to_value(self, entries: Entries) -> Entries:
        actions = KINDS[self.value][1]
        found = entries.filter(action__in=actions)
        if run := RUN_KINDS.get(self.value):
            of_both = Q(action__in=(Action.RUN_CANCELLED, Action.RUN_RESUMED))
            found = found.filter(~of_both | Q(details__kind=run))
        return found


class PersonFilter(ChoiceFilter):
    """What somebody did, and what was done to them or tried in their name."""

    title = gettext_lazy("person")
    parameters = ("person",)
    reader: Any

    @cached_property
    def options(self) -> Mapping[str, str]:
        people = visible_members(self.reader).order_by("username")
        return {str(it.pk): name_of(it) for it in people}

    def narrow_to_value(self, entries: Entries) -> Entries:
        return entries.filter(Q(actor=self.value) | Q(member=self.value))


class ByFilter(ChoiceFilter):
    title = gettext_lazy("done by")
    parameters = ("by",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        return {value: str(label) for value, label in AuditEntry.By.choices}


class AccountFilter(FollowersOfAccountFilter):
    def narrow_to_value(self, entries: Entries) -> Entries:
        return entries.filter(accounts=self.value)


class HappenedFilter(RecentDaysFilter):
    title = gettext_lazy("time")
    verb = pgettext_lazy("when", "Happened")
    field = "happened_at"
    parameters = ("from", "to", "within")

    @property
    def periods(self) -> Mapping[str, str]:
        return {value: str(label) for value, label in PERIODS.items()}


FILTERS: tuple[type[Filter], ...] = (
    *(KindFilter, PersonFilter, ByFilter, AccountFilter, HappenedFilter),
)
PARAMETERS = frozenset(name for kind in FILTERS for name in kind.parameters)


class LogQuery:
    """The parsed filters of an address; with a problem, nothing matches."""

    def __init__(self, request: HttpRequest) -> None:
        params = {name: values for name, values in request.GET.lists() if name != SEARCH_VAR}
        scope = Scope(own_accounts(request.user))
        self.kind = KindFilter(params, scope)
        self.person = PersonFilter(params, scope)
        self.person.reader = request.user
        self.by = ByFilter(params, scope)
        self.account = AccountFilter(params, scope)
        self.days = HappenedFilter(params, scope)
        self.filters: list[Filter] = [self.kind, self.person, self.by, self.account, self.days]

    @property
    def is_narrowed(self) -> bool:
        return any(it.given for it in self.filters)

    @property
    def problems(self) -> list[str]:
        return [it.problem for it in self.filters if it.problem]

    def narrow(self, entries: Entries) -> Entries:
        if self.problems:
            return entries.none()
        for it in self.filters:
            entries = it.narrow(entries)
        return entries
