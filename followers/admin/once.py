"""A button pressed twice begins one change: the second press finds what the first recorded."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from followers.clock import db_now
from followers.models import EditRun, OfficialAccount
from followers.sync.lease import lock_account

# The form's field that says when its page was drawn.
DRAWN = "drawn"


def drawn() -> str:
    """For the form: now, by the database's clock."""
    return db_now().isoformat()


def once(
    request: HttpRequest, account: OfficialAccount, record: Callable[[], EditRun], **same: Any
) -> EditRun:
    """What `record` begins, or what the same form has begun already.

    `same`: the fields by which that is known. The account's lock makes the second press wait for
    the first.
    """
    with transaction.atomic():
        lock_account(account.pk)
        since = _moment(request.POST.get(DRAWN, ""))
        begun = EditRun.objects.filter(account=account, requested_by=request.user.pk, **same)
        earlier = begun.filter(created_at__gte=since).order_by("pk").first() if since else None
        return earlier or record()


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
