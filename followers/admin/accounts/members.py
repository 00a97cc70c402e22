"""The members of an account. Users add and remove only those whom `staff.grants` allows."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from followers.models import OfficialAccount

from ..staff import grants


def placed(fieldsets: Any, fields: list[str]) -> list[tuple[Any, dict[str, Any]]]:
    """The fieldsets with "members" replaced by `fields`."""
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
    """Add removed members again whom the user may not remove, and show a warning."""
    removed = set(lasting) - set(account.members.all())
    account.members.add(*removed)
    # Superusers are not in the form, and are not named.
    names = [str(it) for it in grants.visible_users(request.user) if it in removed]
    if names:
        text = _("%(names)s may do more than you, so you cannot take them out of the account.")
        messages.warning(request, text % {"names": _(", ").join(names)})
