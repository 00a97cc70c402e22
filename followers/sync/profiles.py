"""Ask for profiles in bulk, several calls at a time, and believe only what belongs to whom.

WeChat has answered with success while the rows of a batch were shifted by one (wechat-api notes: a
well-formed id that does not exist in the list), and one malformed id fails all the others.
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
    """What came of asking about `people`. bad: ids that WeChat does not accept."""

    people: tuple[FollowerKeys, ...]
    requested_at: datetime
    profiles: dict[str, Profile] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


def ask(client: Client, people: Sequence[FollowerKeys], requested_at: datetime) -> ProfileBatch:
    """Profiles of 1 to 100 followers, matched by openid; every one is answered or bad.

    A batch whose answer names other people than were asked for, or whose unionids have slipped, is
    not believed at all, and like one that WeChat refuses for an id it is asked again in halves: the
    odd one out costs about fourteen calls.
    """
    batch = ProfileBatch(tuple(people), requested_at)
    _ask(client, people, batch)
    return batch


def _ask(client: Client, people: Sequence[FollowerKeys], batch: ProfileBatch) -> None:
    if len(people) == 1:
        openid = people[0].openid
        if profile := _alone(client, openid):
            batch.profiles[openid] = profile
        else:
            batch.bad.add(openid)
        return
    found = _batch(client, people)
    if found is not None and not _has_slipped(client, people, found):
        batch.profiles |= found
        return
    half = len(people) // 2
    _ask(client, people[:half], batch)
    _ask(client, people[half:], batch)


def _alone(client: Client, openid: str) -> Profile | None:
    """None for an id that WeChat does not accept."""
    try:
        return client.user_info(openid)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None


def _batch(client: Client, people: Sequence[FollowerKeys]) -> dict[str, Profile] | None:
    """The profiles by openid; None if an id was refused, or others than these were answered."""
    openids = [person.openid for person in people]
    try:
        rows = client.batchget(openids)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None
    found = {row.openid: row for row in rows}
    return found if len(rows) == len(openids) and found.keys() == set(openids) else None


def _has_slipped(client: Client, people: Sequence[FollowerKeys], found: dict[str, Profile]) -> bool:
    """Whether unionids stand in rows of others; in doubt one person is asked about alone.

    A person's unionid does not change, and either all followers of an account have one or none.
    """
    some = any(said.unionid for said in found.values())
    doubtful = [
        person.openid for person in people if _is_odd(person, found[person.openid], some=some)
    ]
    if not doubtful:
        return False
    said = _alone(client, doubtful[-1])
    return said is None or said.unionid != found[doubtful[-1]].unionid


def _is_odd(person: FollowerKeys, said: Profile, *, some: bool) -> bool:
    if said.unionid is None:
        return said.subscribed and some
    return bool(person.unionid) and said.unionid != person.unionid


class Batches:
    """Works through row ids, the newest first, in pieces that one transaction can store.

    Memory: the ids, and the calls under way.
    """

    def __init__(self, client: Client, ids: BitMap64) -> None:
        self.client = client
        self.left = len(ids)
        self._ids: Iterator[int] = reversed(ids)
        self._pool = ThreadPoolExecutor(settings.DETAILS_CALLS_AT_ONCE, "profiles")
        self._under_way: deque[tuple[tuple[FollowerKeys, ...], Future[ProfileBatch]]] = deque()
        self._trouble: WeChatError | None = None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def fetch(self, calls: int, *, last: bool, most: int | None = None) -> list[ProfileBatch]:
        """At most `calls` answered batches; more are begun in the background unless `last`.

        `most`: so many batches may still be asked for, those under way included.
        Raises WeChatError, but only after everything that was answered before has been handed out.
        """
        if self._trouble is not None:
            raise self._trouble
        wanted = calls if last else 2 * calls
        self._begin(wanted if most is None else min(wanted, most))
        done: list[ProfileBatch] = []
        while self._under_way and len(done) < calls:
            people, future = self._under_way.popleft()
            try:
                done.append(self._result(people, future))
            except WeChatError as error:
                if not done:
                    raise
                self._trouble = error
                break
            self.left -= len(people)
        return done

    def _begin(self, wanted: int) -> None:
        missing = max(wanted - len(self._under_way), 0)
        size = settings.DETAILS_BATCH
        ids = list(islice(self._ids, missing * size))
        if not ids:
            return
        people = followers.get_keys(ids)
        # Followers that were deleted meanwhile need no call.
        self.left -= len(ids) - len(people)
        # The threads must not touch the database.
        client, now = self.client.with_fixed_token(), db_now()
        for start in range(0, len(people), size):
            batch = tuple(people[start : start + size])
            self._under_way.append((batch, self._pool.submit(ask, client, batch, now)))

    def _result(
        self, people: tuple[FollowerKeys, ...], future: Future[ProfileBatch]
    ) -> ProfileBatch:
        try:
            return future.result()
        except TokenRefused:
            # No error yet: it is asked again with the token store at hand.
            return ask(self.client, people, db_now())
