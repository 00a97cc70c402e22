"""Who belongs to an account: a right like any other, given and taken as `staff.rights` has it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.models import OfficialAccount

from ..staff import grants


def placed(fieldsets: Any, fields: list[str]) -> list[tuple[Any, dict[str, Any]]]:
    """The fieldsets with `fields` in the place of "members"."""
    return [
        (
            title,
            {
                **options,
                "fields": [
                    name
                    for field in options["fields"]
                    for name in (fields if field == "members" else [field])
                ],
            },
        )
        for title, options in fieldsets
    ]


def keep(request: HttpRequest, account: OfficialAccount, lasting: Iterable[User]) -> None:
    """Put back those whom the user cannot take out of the account, and say so."""
    removed = set(lasting) - set(account.members.all())
    account.members.add(*removed)
    # Superusers are not in the form, and nothing is said of them.
    names = [str(it) for it in grants.visible_users(request.user) if it in removed]
    if names:
        text = _("%(names)s may do more than you, so you cannot take them out of the account.")
        messages.warning(request, text % {"names": _(", ").join(names)})
