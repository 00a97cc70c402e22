"""Profiles of many followers, several calls at a time, in pieces that one transaction can store."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice

from django.conf import settings
from pyroaring import BitMap64

from ..rows import followers
from ..rows.clock import db_now
from ..rows.followers import Known
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .ahead import Ahead
from .profiles import ProfileBatch, ask


class Batches:
    """Works through row ids, the newest first. Memory: the ids, and the calls under way."""

    def __init__(self, client: Client, ids: BitMap64) -> None:
        self.client = client
        self.left = len(ids)
        self._ids: Iterator[int] = reversed(ids)
        self._ahead: Ahead[ProfileBatch] = Ahead(settings.DETAILS_CALLS_AT_ONCE)
        self._under_way: deque[tuple[Known, ...]] = deque()
        self._trouble: WeChatError | None = None

    def close(self) -> None:
        self._ahead.close()

    def fetch(
        self, calls: int, *, last: bool, most: int | None = None
    ) -> list[tuple[tuple[Known, ...], ProfileBatch]]:
        """At most `calls` answered batches; more are begun in the background unless `last`.

        `most`: so many batches may still be asked for, those under way included.
        Raises WeChatError, but only after everything that was answered before has been handed out.
        """
        if self._trouble is not None:
            raise self._trouble
        wanted = calls if last else 2 * calls
        self._begin(wanted if most is None else min(wanted, most))
        done: list[tuple[tuple[Known, ...], ProfileBatch]] = []
        while self._under_way and len(done) < calls:
            people = self._under_way.popleft()
            try:
                done.append((people, self._take(people)))
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
        people = followers.known(ids)
        # Followers that were deleted meanwhile need no call.
        self.left -= len(ids) - len(people)
        client, now = self.client.with_fixed_token(), db_now()
        for start in range(0, len(people), size):
            batch = tuple(people[start : start + size])
            self._ahead.start(batch, partial(ask, client, batch, now))
            self._under_way.append(batch)

    def _take(self, people: tuple[Known, ...]) -> ProfileBatch:
        answered = self._ahead.take(people)
        return answered or ask(self.client, people, db_now())
