"""Fetch profiles in batches, several calls at a time, and check that each belongs to its openid.

WeChat has answered with success while the rows of a batch were shifted by one (wechat-api notes: a
well-formed id that does not exist in the list), and one malformed id fails the whole batch.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.conf import settings
from pyroaring import BitMap64

from ..rows import followers
from ..rows.clock import db_now
from ..rows.followers import FollowerKeys
from ..wechat.client import Client
from ..wechat.errcodes import UNKNOWN_OPENID
from ..wechat.errors import TokenRefused, WeChatError
from ..wechat.profiles import Profile


@dataclass
class ProfileBatch:
    """The answers for `requested`, by openid. bad: openids that WeChat does not accept."""

    requested: tuple[FollowerKeys, ...]
    requested_at: datetime
    profiles: dict[str, Profile] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


def fetch_profiles(
    client: Client, requested: Sequence[FollowerKeys], requested_at: datetime
) -> ProfileBatch:
    """Profiles of 1 to 100 followers, matched by openid. Each follower has a profile or is bad.

    A batch is requested again in halves if WeChat refuses an openid, answers for other openids, or
    returns shifted unionids. One bad openid costs about fourteen calls.
    """
    batch = ProfileBatch(tuple(requested), requested_at)
    _fetch_into(client, requested, batch)
    return batch


def _fetch_into(client: Client, requested: Sequence[FollowerKeys], batch: ProfileBatch) -> None:
    if len(requested) == 1:
        openid = requested[0].openid
        if profile := _fetch_one(client, openid):
            batch.profiles[openid] = profile
        else:
            batch.bad.add(openid)
        return
    found = _fetch_batch(client, requested)
    if found is not None and not _has_shifted_unionids(client, requested, found):
        batch.profiles |= found
        return
    half = len(requested) // 2
    _fetch_into(client, requested[:half], batch)
    _fetch_into(client, requested[half:], batch)


def _fetch_one(client: Client, openid: str) -> Profile | None:
    """None for an openid that WeChat does not accept."""
    try:
        return client.user_info(openid)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None


def _fetch_batch(client: Client, requested: Sequence[FollowerKeys]) -> dict[str, Profile] | None:
    """The profiles by openid; None if an openid was refused, or the answer has other openids."""
    openids = [follower.openid for follower in requested]
    try:
        rows = client.batchget(openids)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None
    found = {row.openid: row for row in rows}
    return found if len(rows) == len(openids) and found.keys() == set(openids) else None


def _has_shifted_unionids(
    client: Client, requested: Sequence[FollowerKeys], found: dict[str, Profile]
) -> bool:
    """Whether unionids are in other followers' rows; in doubt one follower is requested alone.

    A unionid never changes, and either all followers of an account have one or none.
    """
    has_unionids = any(profile.unionid for profile in found.values())

    def is_doubtful(follower: FollowerKeys) -> bool:
        profile = found[follower.openid]
        if profile.unionid is None:
            return profile.subscribed and has_unionids
        return bool(follower.unionid) and profile.unionid != follower.unionid

    doubtful = [follower.openid for follower in requested if is_doubtful(follower)]
    if not doubtful:
        return False
    profile = _fetch_one(client, doubtful[-1])
    return profile is None or profile.unionid != found[doubtful[-1]].unionid


class ProfileBatches:
    """Fetches the profiles of row ids, the newest first, in batches that one transaction stores.

    `remaining`: how many ids are not answered yet. Memory: the ids and the pending calls.
    """

    def __init__(self, client: Client, ids: BitMap64) -> None:
        self.client = client
        self.remaining = len(ids)
        self._ids: Iterator[int] = reversed(ids)
        self._pool = ThreadPoolExecutor(settings.DETAILS_CALLS_AT_ONCE, "profiles")
        self._pending: deque[tuple[tuple[FollowerKeys, ...], Future[ProfileBatch]]] = deque()
        self._error: WeChatError | None = None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def fetch(
        self, calls: int, *, is_last_step: bool, max_calls: int | None = None
    ) -> list[ProfileBatch]:
        """Return at most `calls` batches; prefetch as many unless `is_last_step`.

        `max_calls` limits the pending batches as well. Raises WeChatError, but only after all
        batches that were answered before the error have been returned.
        """
        if self._error is not None:
            raise self._error
        wanted = calls if is_last_step else 2 * calls
        self._begin(wanted if max_calls is None else min(wanted, max_calls))
        done: list[ProfileBatch] = []
        while self._pending and len(done) < calls:
            requested, future = self._pending.popleft()
            try:
                done.append(self._result(requested, future))
            except WeChatError as error:
                if not done:
                    raise
                self._error = error
                break
            self.remaining -= len(requested)
        return done

    def _begin(self, wanted: int) -> None:
        missing = max(wanted - len(self._pending), 0)
        size = settings.DETAILS_BATCH
        ids = list(islice(self._ids, missing * size))
        if not ids:
            return
        requested = followers.get_keys(ids)
        # Followers that were deleted meanwhile need no call.
        self.remaining -= len(ids) - len(requested)
        # The threads must not touch the database.
        client, now = self.client.with_fixed_token(), db_now()
        for start in range(0, len(requested), size):
            batch = tuple(requested[start : start + size])
            self._pending.append((batch, self._pool.submit(fetch_profiles, client, batch, now)))

    def _result(
        self, requested: tuple[FollowerKeys, ...], future: Future[ProfileBatch]
    ) -> ProfileBatch:
        try:
            return future.result()
        except TokenRefused:
            # No error yet: retried with the token store, in this thread.
            return fetch_profiles(self.client, requested, db_now())
