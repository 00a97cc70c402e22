"""One walk through a list of openids that WeChat hands out in pages, and the log of its pages.

Knows when a list ends, and when it goes round in circles; does not know what the ids are good for.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from pyroaring import BitMap64

from ..models import EPOCH, SyncPage, SyncStage
from ..rows.backdating import backdate_changes
from ..rows.bitmaps import pack, unpack
from ..rows.clock import db_now
from ..rows.cursors import iterate, read_transaction
from ..runs.stage import STEP, Next, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import INVALID_OPENID
from ..wechat.errors import TokenRefused, WeChatError
from .state import WalkState

RESTARTS = 2
# An end this far short of WeChat's own count is walked again before it is believed.
SHORT_SHARE = 0.01
BLANK = OpenidPage(None, (), "")


@dataclass(frozen=True)
class FetchedPage:
    """A page, and when it was asked for: whatever became known later is newer.

    is_lost: WeChat no longer knew the cursor, and the page is blank.
    """

    cursor: str
    requested_at: datetime
    page: OpenidPage
    is_lost: bool = False


@dataclass(frozen=True)
class Stored:
    """Row ids of the followers that a page named, and how many of them this walk had not seen."""

    new: BitMap64
    returned: BitMap64
    unchanged: BitMap64
    fresh: int


@dataclass(frozen=True)
class Restart:
    """The list has to be read again from its top: the stage begins another walk."""

    reason: str


Ask = Callable[[Client, str], OpenidPage]


class Walk:
    """The stage's present walk: its place in the list, and the rules of its end."""

    def __init__(self, stage: SyncStage, client: Client, ask: Ask, state: WalkState) -> None:
        self.stage, self.client, self.ask, self.state = stage, client, ask, state
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._ahead: tuple[str, Future[FetchedPage]] | None = None
        pages = stage.page_set.filter(walk_number=stage.walk_number)
        self.cursors = set(pages.values_list("next_cursor", flat=True))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def fetch(self, *, last: bool) -> FetchedPage:
        """The page at the present place. Unless it is the slice's last, the next one is begun."""
        cursor = self.stage.cursor
        answer = self._looked_ahead(cursor) or self._request(self.client, cursor, db_now())
        if not answer.page.is_last and not last:
            self._look_ahead(answer.page.next_openid)
        return answer

    def _look_ahead(self, cursor: str) -> None:
        # The thread gets a token and a time, because it must not touch the database. Trouble with
        # the token is met again by the next step; it must not cost the page at hand.
        with suppress(WeChatError):
            client, now = self.client.with_fixed_token(), db_now()
            self._ahead = (cursor, self._pool.submit(self._request, client, cursor, now))

    def _looked_ahead(self, cursor: str) -> FetchedPage | None:
        """The page, waited for, where just this one was asked for ahead."""
        ahead, self._ahead = self._ahead, None
        # A refused token is no error yet: it is asked again with the token store at hand.
        with suppress(TokenRefused):
            if ahead is not None and ahead[0] == cursor:
                return ahead[1].result()
        return None

    def _request(self, client: Client, cursor: str, requested_at: datetime) -> FetchedPage:
        try:
            return FetchedPage(cursor, requested_at, self.ask(client, cursor))
        except WeChatError as error:
            if error.code == INVALID_OPENID and cursor:
                return FetchedPage(cursor, requested_at, BLANK, is_lost=True)
            raise

    def begin(self, started_at: datetime) -> None:
        """Start from the top; what an earlier walk saw counts no more for who is missing."""
        self.stage.walk_number += 1
        self.stage.walk_started_at = started_at
        self.stage.phase, self.stage.cursor = "read", ""
        self.state.stale = 0
        self.cursors.clear()
        backdate_changes(self.stage.run.account_id, started_at)

    @property
    def started_at(self) -> datetime:
        """Before the first walk nothing is old enough to be removed."""
        return self.stage.walk_started_at or EPOCH

    @property
    def is_ahead(self) -> bool:
        """Whether it has begun by a clock that was ahead, so that nothing can be newer than it."""
        return self.started_at > db_now()

    def move_on(self, answer: FetchedPage, stored: Stored | None) -> Outcome | Restart | None:
        """What a page means for the walk: None at its end, else go on, begin again, or give up.

        `stored` is None for a page without ids.
        """
        following = answer.page.next_openid
        if answer.is_lost:
            return self._again("cursor")
        if answer.page.is_last:
            return None
        if stored is not None and self._is_loop(following, stored.fresh):
            return self._again("loop")
        self.cursors.add(following)
        self.stage.cursor = following
        return STEP

    def _is_loop(self, following: str, fresh: int) -> bool:
        """A cursor that this walk has met before, or a second page in a row without a new face."""
        self.state.stale = 0 if fresh else self.state.stale + 1
        return following in self.cursors or self.state.stale > 1

    def _again(self, reason: str) -> Outcome | Restart:
        """Give up for `reason` when the list was begun again too often."""
        if self.state.restarts >= RESTARTS:
            return Outcome(Next.FAIL, reason)
        self.state.restarts += 1
        return Restart(reason)

    def check_end(self, seen: int, expected: int, tolerance: int) -> Restart | None:
        """None: the end is believed. One far short of WeChat's own count is walked again once."""
        if expected - seen <= max(tolerance, SHORT_SHARE * expected):
            self.state.short = 0
            return None
        self.state.short += 1
        return Restart("short") if self.state.short == 1 else None


@dataclass
class Seen:
    """The rows that a stage's pages named; `listed` holds those of the walk at hand alone.

    Counters are sizes of these sets, so that an id on two pages, or in two walks, counts once.
    """

    new: BitMap64 = field(default_factory=BitMap64)
    returned: BitMap64 = field(default_factory=BitMap64)
    every: BitMap64 = field(default_factory=BitMap64)
    listed: BitMap64 = field(default_factory=BitMap64)

    @classmethod
    def of(cls, stage: SyncStage) -> Self:
        seen = cls()
        with read_transaction():
            for page in iterate(stage.page_set.all(), 20):
                seen.add(
                    unpack(page.new_rows),
                    unpack(page.returned_rows),
                    unpack(page.unchanged_rows),
                    current=page.walk_number == stage.walk_number,
                )
        return seen

    def add(
        self, new: BitMap64, returned: BitMap64, unchanged: BitMap64, *, current: bool = True
    ) -> None:
        self.new |= new
        self.returned |= returned
        rows = new | returned | unchanged
        self.every |= rows
        if current:
            self.listed |= rows

    @property
    def changed(self) -> BitMap64:
        return self.new | self.returned


def log_page(stage: SyncStage, answer: FetchedPage, number: int, stored: Stored) -> None:
    """Write the page's line in the log, which is the checkpoint."""
    new, returned, unchanged = stored.new, stored.returned, stored.unchanged
    SyncPage.objects.create(
        stage=stage,
        walk_number=stage.walk_number,
        number=number,
        cursor=answer.cursor,
        next_cursor=answer.page.next_openid,
        ids=len(new) + len(returned) + len(unchanged),
        total=answer.page.total,
        added=len(new),
        resubscribed=len(returned),
        requested_at=answer.requested_at,
        stored_at=db_now(),
        new_rows=pack(new),
        returned_rows=pack(returned),
        unchanged_rows=pack(unchanged),
    )


def forget(*run_ids: int) -> None:
    """Empty the bitmaps of runs that have ended; the log of pages stays."""
    pages = SyncPage.objects.filter(stage__in=SyncStage.objects.filter(run__in=run_ids))
    pages.update(new_rows=b"", returned_rows=b"", unchanged_rows=b"")
