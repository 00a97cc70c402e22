"""Refresh the profiles of a few followers at once, without a run."""

from collections.abc import Sequence

from django.db import transaction

from ..accounts.client import client_for
from ..accounts.usage import record_calls
from ..history.backdating import backdate_followers
from ..models import OfficialAccount
from ..rows import followers
from ..rows.clock import db_now
from ..wechat.errors import Explanation, WeChatError, explain
from ..wechat.limits import BATCHGET_LIMIT
from .details import store_batch
from .profile_batches import fetch_profiles


def refresh_profiles(account: OfficialAccount, ids: Sequence[int]) -> Explanation | None:
    """Fetch and store the profiles of at most 100 followers of one account.

    Followers who have left are marked so. Returns an explanation if WeChat refuses, else None.
    """
    requested = tuple(followers.get_keys(ids[:BATCHGET_LIMIT]))
    if not requested:
        return None
    try:
        with client_for(account) as client:
            requested_at = db_now()
            try:
                batch = fetch_profiles(client, requested, requested_at)
            finally:
                record_calls(account.pk, client.take_calls())
    except WeChatError as error:
        return explain(error.code, error.kind, error.params)
    with transaction.atomic():
        backdate_followers(account.pk, requested_at, [follower.id for follower in requested])
        store_batch(account.pk, batch)
    return None
