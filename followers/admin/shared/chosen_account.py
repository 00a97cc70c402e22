"""The account that a list is filtered by, the list filters for it, and its field in forms."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from followers.accounts.access import accounts_of, own_accounts
from followers.models import Channel, OfficialAccount
from followers.segments.filter import ACCOUNT
from followers.segments.query import FollowerQuery


def chosen_account(request: HttpRequest) -> int | None:
    """The id of the only account that the list covers; None for several accounts, or none."""
    return FollowerQuery(
        {ACCOUNT: request.GET.getlist(ACCOUNT)}, own_accounts(request.user)
    ).scope.account


def only_account(request: HttpRequest) -> OfficialAccount | None:
    """The account of `chosen_account`."""
    pk = chosen_account(request)
    return None if pk is None else OfficialAccount.objects.filter(pk=pk).first()


class OwnAccountFilter(admin.SimpleListFilter):
    title = gettext_lazy("account")
    parameter_name = ACCOUNT

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in own_accounts(request.user).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Channel]) -> QuerySet[Channel]:
        if not self.value():
            return queryset
        chosen = chosen_account(request)
        return queryset.filter(account_id=chosen) if chosen else queryset.none()


class AccountFilter(admin.RelatedFieldListFilter):
    """Offers the user's own accounts; Django's filter offers all."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        return list(own_accounts(request.user).items())


class OwnAccountField(forms.ModelChoiceField):
    """One of the user's own accounts, once a form has called `offer`."""

    def __init__(self) -> None:
        super().__init__(
            OfficialAccount.objects.none(),
            label=gettext_lazy("account"),
            empty_label=gettext_lazy("Choose an account"),
        )

    def offer(self, user: Any) -> None:
        """Whoever has but one account need not choose."""
        self.queryset = accounts_of(user)
        if len(own_accounts(user)) == 1:
            self.empty_label = None
