"""One walk through a paginated list of openids, and the log of its pages.

Detects the end of a list and loops in it. Does not know what the openids are used for.
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
from ..runs.stage import NEXT_STEP, NextAction, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import INVALID_OPENID
from ..wechat.errors import TokenRefused, WeChatError
from .state import WalkState

MAX_RESTARTS = 2
# An end this far short of WeChat's own count is walked again before it is believed.
MAX_SHORTFALL_SHARE = 0.01
EMPTY_PAGE = OpenidPage(None, (), "")


@dataclass(frozen=True)
class FetchedPage:
    """A page and the time of its request: what became known after that is newer.

    is_lost: WeChat no longer knew the cursor, and the page is empty.
    """

    cursor: str
    requested_at: datetime
    page: OpenidPage
    is_lost: bool = False


@dataclass(frozen=True)
class StoredPage:
    """Row ids of a page's followers. unseen: how many of them are new to this walk."""

    new: BitMap64
    returned: BitMap64
    unchanged: BitMap64
    unseen: int


@dataclass(frozen=True)
class Restart:
    """The list must be read again from its start: the stage begins another walk."""

    reason: str


ApiCall = Callable[[Client, str], OpenidPage]


class Walk:
    """The stage's current walk: its cursor, and the rules for its end."""

    def __init__(
        self, stage: SyncStage, client: Client, api_call: ApiCall, state: WalkState
    ) -> None:
        self.stage, self.client, self.api_call, self.state = stage, client, api_call, state
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._prefetched: tuple[str, Future[FetchedPage]] | None = None
        pages = stage.page_set.filter(walk_number=stage.walk_number)
        self.cursors = set(pages.values_list("next_cursor", flat=True))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def fetch(self, *, is_last_step: bool) -> FetchedPage:
        """Return the page at the cursor; prefetch the next one unless this is the last step."""
        cursor = self.stage.cursor
        fetched = self._take_prefetched(cursor) or self._fetch_page(self.client, cursor, db_now())
        if not fetched.page.is_last and not is_last_step:
            self._prefetch(fetched.page.next_openid)
        return fetched

    def _prefetch(self, cursor: str) -> None:
        # The thread gets a token and a time, because it must not touch the database. An error of
        # the token is raised again by the next step; it must not cost this step's page.
        with suppress(WeChatError):
            client, now = self.client.with_fixed_token(), db_now()
            self._prefetched = (cursor, self._pool.submit(self._fetch_page, client, cursor, now))

    def _take_prefetched(self, cursor: str) -> FetchedPage | None:
        """Wait for the prefetched page. None if there is none for this cursor."""
        prefetched, self._prefetched = self._prefetched, None
        # A refused token is no error yet: the caller retries with the token store.
        with suppress(TokenRefused):
            if prefetched is not None and prefetched[0] == cursor:
                return prefetched[1].result()
        return None

    def _fetch_page(self, client: Client, cursor: str, requested_at: datetime) -> FetchedPage:
        try:
            return FetchedPage(cursor, requested_at, self.api_call(client, cursor))
        except WeChatError as error:
            if error.code == INVALID_OPENID and cursor:
                return FetchedPage(cursor, requested_at, EMPTY_PAGE, is_lost=True)
            raise

    def begin(self, started_at: datetime) -> None:
        """Start at the top of the list. Pages of earlier walks no longer count as listed."""
        self.stage.walk_number += 1
        self.stage.walk_started_at = started_at
        self.stage.phase, self.stage.cursor = "read", ""
        self.state.stale = 0
        self.cursors.clear()
        backdate_changes(self.stage.run.account_id, started_at)

    @property
    def started_at(self) -> datetime:
        """EPOCH before the first walk, so that nothing is old enough to be removed."""
        return self.stage.walk_started_at or EPOCH

    @property
    def began_in_future(self) -> bool:
        """Whether the walk was dated by a clock that was ahead, so that nothing can be newer."""
        return self.started_at > db_now()

    def advance(self, fetched: FetchedPage, stored: StoredPage | None) -> Outcome | Restart | None:
        """Move past a page: NEXT_STEP, a restart or a failure; None at the end of the list.

        `stored` is None for a page without ids.
        """
        next_cursor = fetched.page.next_openid
        if fetched.is_lost:
            return self._restart_or_fail("cursor")
        if fetched.page.is_last:
            return None
        if stored is not None and self._is_loop(next_cursor, stored.unseen):
            return self._restart_or_fail("loop")
        self.cursors.add(next_cursor)
        self.stage.cursor = next_cursor
        return NEXT_STEP

    def _is_loop(self, next_cursor: str, unseen: int) -> bool:
        """The walk has met the cursor before, or a second page in a row has nobody unseen."""
        self.state.stale = 0 if unseen else self.state.stale + 1
        return next_cursor in self.cursors or self.state.stale > 1

    def _restart_or_fail(self, reason: str) -> Outcome | Restart:
        """Restart the list, or fail after too many restarts."""
        if self.state.restarts >= MAX_RESTARTS:
            return Outcome(NextAction.FAIL, reason)
        self.state.restarts += 1
        return Restart(reason)

    def check_end(self, seen: int, expected: int, tolerance: int) -> Restart | None:
        """None to accept the end. A list far short of WeChat's own count is walked again once."""
        if expected - seen <= max(tolerance, MAX_SHORTFALL_SHARE * expected):
            self.state.short = 0
            return None
        self.state.short += 1
        return Restart("short") if self.state.short == 1 else None


@dataclass
class SeenFollowers:
    """Row ids on a stage's pages, of all walks; `listed`: of the current walk alone.

    Counters are sizes of these sets, so that an id on two pages, or in two walks, counts once.
    """

    new: BitMap64 = field(default_factory=BitMap64)
    returned: BitMap64 = field(default_factory=BitMap64)
    all_rows: BitMap64 = field(default_factory=BitMap64)
    listed: BitMap64 = field(default_factory=BitMap64)

    @classmethod
    def load(cls, stage: SyncStage) -> Self:
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
        self.all_rows |= rows
        if current:
            self.listed |= rows

    @property
    def changed(self) -> BitMap64:
        return self.new | self.returned


def record_page(stage: SyncStage, fetched: FetchedPage, number: int, stored: StoredPage) -> None:
    """Write the SyncPage, which is a line of the log and the checkpoint."""
    new, returned, unchanged = stored.new, stored.returned, stored.unchanged
    SyncPage.objects.create(
        stage=stage,
        walk_number=stage.walk_number,
        number=number,
        cursor=fetched.cursor,
        next_cursor=fetched.page.next_openid,
        ids=len(new) + len(returned) + len(unchanged),
        total=fetched.page.total,
        added=len(new),
        resubscribed=len(returned),
        requested_at=fetched.requested_at,
        stored_at=db_now(),
        new_rows=pack(new),
        returned_rows=pack(returned),
        unchanged_rows=pack(unchanged),
    )


def clear_bitmaps(*run_ids: int) -> None:
    """Empty the bitmaps of runs that have ended; their SyncPages stay as a log."""
    pages = SyncPage.objects.filter(stage__in=SyncStage.objects.filter(run__in=run_ids))
    pages.update(new_rows=b"", returned_rows=b"", unchanged_rows=b"")
