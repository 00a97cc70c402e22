"""A button pressed twice begins one change: the second press finds what the first recorded."""

import json
import secrets
from collections.abc import Callable
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest

from followers.models import EditRun, OfficialAccount
from followers.runs.lease import lock_account

# The form's field that tells it from every other form, also from the same one on a page loaded
# again.
NONCE = "nonce"


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def idempotency_key(request: HttpRequest) -> str | None:
    """A hash of who has sent what to where; None for a form without a nonce, which may be repeated.

    Buttons of one page share its nonce and differ in what they send.
    """
    if not request.POST.get(NONCE):
        return None
    form = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    sent = json.dumps([request.user.pk, request.get_full_path(), form], sort_keys=True)
    return sha256(sent.encode()).hexdigest()


def record_once(
    request: HttpRequest,
    account: OfficialAccount,
    record: Callable[[], EditRun],
    begun_elsewhere: Callable[[], EditRun | None] = lambda: None,
) -> EditRun:
    """What `record` begins, or what the same form or another one has begun already.

    The account's lock makes the second press wait for the first.
    """
    key = idempotency_key(request)
    with transaction.atomic():
        lock_account(account.pk)
        if key and (begun := EditRun.objects.filter(idempotency_key=key).first()):
            return begun
        if elsewhere := begun_elsewhere():
            return elsewhere
        run = record()
        run.idempotency_key = key
        run.save(update_fields=["idempotency_key"])
        return run
