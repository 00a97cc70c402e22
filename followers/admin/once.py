"""A button pressed twice begins one change: the second press finds what the first recorded."""

import secrets
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from followers.models import EditRun, OfficialAccount
from followers.runs.lease import lock_account

# The form's field that tells it from every other form, also from the same one drawn again.
DRAWN = "drawn"
LONGEST = 64


def drawn() -> str:
    """For the form: a token of its own."""
    return secrets.token_urlsafe(16)


def once(
    request: HttpRequest,
    account: OfficialAccount,
    record: Callable[[], EditRun],
    begun_elsewhere: Callable[[], EditRun | None] = lambda: None,
    **same: Any,
) -> EditRun:
    """What `record` begins, or what the same form or another one has begun already.

    `same`: fields that tell the buttons of one page apart. The account's lock makes the second
    press wait for the first.
    """
    token = request.POST.get(DRAWN, "")[:LONGEST].replace("\0", "")
    with transaction.atomic():
        lock_account(account.pk)
        if token:
            own = EditRun.objects.filter(account=account, requested_by=request.user.pk, **same)
            if begun := own.filter(form_token=token).order_by("pk").first():
                return begun
        if elsewhere := begun_elsewhere():
            return elsewhere
        run = record()
        run.form_token = token
        run.save(update_fields=["form_token"])
        return run
