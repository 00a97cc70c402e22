"""A button pressed twice begins one change: the second request finds the first one's run."""

import json
import secrets
from collections.abc import Callable
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest

from followers.models import EditRun, OfficialAccount
from followers.runs.lease import lock_account

# A form field that differs each time the page is rendered.
NONCE = "nonce"


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def idempotency_key(request: HttpRequest) -> str | None:
    """A hash of user, address and form; None for a form without a nonce, which may be repeated.

    Buttons of one page share its nonce and differ in the fields that they send.
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
    """The run that `record` creates, or that the same form or another one has created already.

    The account's lock makes the second request wait for the first.
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
