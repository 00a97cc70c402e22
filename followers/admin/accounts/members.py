"""Who belongs to an account: a right like any other, given and taken as `staff` has it."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.models import OfficialAccount

from ..staff import rights


class MembersMixin:
    """For the ModelAdmin of accounts."""

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who belongs to an account is the business of those who may see the users."""
        members = self._members_fields(request, obj)
        return [
            (name, {**options, "fields": [*_replaced(options["fields"], "members", members)]})
            for name, options in super().get_fieldsets(request, obj)  # type: ignore[misc]
        ]

    def _members_fields(self, request: HttpRequest, obj: Model | None) -> list[str]:
        if not request.user.has_perm("auth.view_user"):
            return []
        # A field that is only shown names everybody, superusers as well.
        changeable = obj is None or self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        return ["members"] if changeable or request.user.is_superuser else ["known_members"]

    @admin.display(description=gettext_lazy("members"))
    def known_members(self, account: OfficialAccount) -> str:
        return _(", ").join(map(str, account.members.filter(is_superuser=False))) or "–"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "members":
            kwargs["queryset"] = rights.visible_users(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        """Whoever adds an account belongs to it; who holds more than the user stays in it."""
        lasting = list(rights.lasting_members(request.user, form.instance)) if change else []
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if change:
            removed = set(lasting) - set(form.instance.members.all())
            form.instance.members.add(*removed)
            # Superusers are not in the form, and nothing is said of them.
            names = [str(it) for it in rights.visible_users(request.user) if it in removed]
            if names:
                text = _(
                    "%(names)s may do more than you, so you cannot take them out of the account."
                )
                messages.warning(request, text % {"names": _(", ").join(names)})
        elif not request.user.is_superuser:
            form.instance.members.add(request.user)


def _replaced(fields: Iterable[str], name: str, others: list[str]) -> Iterator[str]:
    """`fields` with others in the place of one of them."""
    for field in fields:
        yield from others if field == name else [field]
