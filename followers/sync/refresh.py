"""Ask about a few followers at once, without a run."""

from collections.abc import Sequence

from django.db import transaction

from ..accounts.client import client_for
from ..accounts.usage import record_calls
from ..models import OfficialAccount
from ..rows import followers
from ..rows.backdating import backdate_followers
from ..rows.clock import db_now
from ..wechat.errors import Explanation, WeChatError, explain
from ..wechat.limits import BATCHGET_LIMIT
from .details import store_batch
from .profiles import ask


def refresh(account: OfficialAccount, ids: Sequence[int]) -> Explanation | None:
    """Read the profiles of at most 100 followers of one account now; None when all went well.

    Whoever turns out to have left is marked so. WeChat's refusal is returned in words.
    """
    people = tuple(followers.get_keys(ids[:BATCHGET_LIMIT]))
    if not people:
        return None
    try:
        with client_for(account) as client:
            asked_at = db_now()
            try:
                batch = ask(client, people, asked_at)
            finally:
                record_calls(account.pk, client.take_calls())
    except WeChatError as error:
        return explain(error.code, error.kind, error.params)
    with transaction.atomic():
        backdate_followers(account.pk, asked_at, [person.id for person in people])
        store_batch(account.pk, batch, run_id=None)
    return None
