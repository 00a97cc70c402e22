"""One walk through a list of openids that WeChat hands out in pages.

Knows when a list ends, and when it goes round in circles; does not know what the ids are good for.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from ..models import SyncPage, SyncStage
from ..rows.bitmaps import pack
from ..rows.clock import db_now
from ..rows.future import date_back_changes
from ..runs.stage import STEP, Next, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import INVALID_OPENID
from ..wechat.errors import WeChatError
from .ahead import Ahead

RESTARTS = 2
# An end this far short of WeChat's own count is walked again before it is believed.
SHORT_SHARE = 0.01


@dataclass(frozen=True)
class FetchedPage:
    """A page, and when it was asked for: whatever became known later is newer. None: bad cursor."""

    cursor: str
    requested_at: datetime
    page: OpenidPage | None


@dataclass(frozen=True)
class Stored:
    """Row ids of the followers that a page named, and how many of them this walk had not seen."""

    new: BitMap64
    returned: BitMap64
    unchanged: BitMap64
    fresh: int


Ask = Callable[[Client, str], OpenidPage]


class Walk:
    """The stage's present walk: its place in the list, its restarts, the log of its pages."""

    def __init__(
        self,
        stage: SyncStage,
        client: Client,
        ask: Ask,
        on_begin: Callable[[datetime], None] = lambda started_at: None,
    ) -> None:
        """on_begin: called within the transaction in which a walk begins, with its start."""
        self.stage, self.client, self.ask, self.on_begin = stage, client, ask, on_begin
        self.ahead: Ahead[FetchedPage] = Ahead()
        self.cursors = set(
            stage.page_set.filter(walk_number=stage.walk_number).values_list(
                "next_cursor", flat=True
            )
        )

    def close(self) -> None:
        self.ahead.close()

    def fetch(self, *, last: bool) -> FetchedPage:
        """The page at the present place. Unless it is the slice's last, the next one is begun."""
        cursor = self.stage.cursor
        answer = self.ahead.take(cursor) or self._request(self.client, cursor, db_now())
        self.ahead.drop()
        page = answer.page
        if page is not None and not page.ended and not last:
            self._look_ahead(page.next_openid)
        return answer

    def _look_ahead(self, cursor: str) -> None:
        # The thread gets a token and a time, because it must not touch the database. Trouble with
        # the token is met again by the next step; it must not cost the page at hand.
        with suppress(WeChatError):
            client, now = self.client.with_fixed_token(), db_now()
            self.ahead.start(cursor, lambda: self._request(client, cursor, now))

    def _request(self, client: Client, cursor: str, requested_at: datetime) -> FetchedPage:
        try:
            return FetchedPage(cursor, requested_at, self.ask(client, cursor))
        except WeChatError as error:
            if error.code == INVALID_OPENID and cursor:
                return FetchedPage(cursor, requested_at, None)
            raise

    def begin(self, started_at: datetime) -> None:
        """Start from the top; what an earlier walk saw counts no more for who is missing."""
        self.stage.walk_number += 1
        self.stage.walk_started_at = started_at
        self.stage.phase, self.stage.cursor = "read", ""
        self.stage.state["stale"] = 0
        self.cursors.clear()
        date_back_changes(self.stage.run.account_id, started_at)
        self.on_begin(started_at)

    def move_on(self, answer: FetchedPage, stored: Stored | None) -> Outcome | None:
        """What a page means for the walk: None at its end, else go on, begin again, or give up.

        `stored` is None for a page without ids.
        """
        page = answer.page
        if page is None:
            return self.restart("cursor")
        if page.ended:
            return None
        if stored is not None and self._is_loop(answer.cursor, page.next_openid, stored.fresh):
            return self.restart("loop")
        self.cursors.add(page.next_openid)
        self.stage.cursor = page.next_openid
        return STEP

    def _is_loop(self, cursor: str, following: str, fresh: int) -> bool:
        """The cursor just sent or one seen before, or a second page in a row without a new face."""
        stale = self.stage.state["stale"] = 0 if fresh else self.stage.state["stale"] + 1
        return following == cursor or following in self.cursors or stale > 1

    def restart(self, reason: str) -> Outcome:
        """Begin again, or give up for `reason` when that has happened too often."""
        restarts = self.stage.state.get("restarts", 0)
        if restarts >= RESTARTS:
            return Outcome(Next.FAIL, reason)
        self.stage.state["restarts"] = restarts + 1
        self.begin_anew()
        return STEP

    def begin_anew(self) -> None:
        """Begin anew in mid-stage."""
        self.ahead.drop()
        self.begin(db_now())

    @property
    def is_ahead(self) -> bool:
        """Whether it has begun by a clock that was ahead, so that nothing can be newer than it."""
        started_at = self.stage.walk_started_at
        return started_at is not None and started_at > db_now()

    def believes_end(self, seen: int, expected: int, tolerance: int) -> bool:
        """Whether the walk is over. An end far short of WeChat's own count is walked again once.

        `state["short"]` is 2 where the second walk fell short as well.
        """
        short = expected - seen > max(tolerance, SHORT_SHARE * expected)
        again = short and not self.stage.state.get("short")
        self.stage.state["short"] = 1 if again else 2 * short
        if again:
            self.begin_anew()
        return not again

    def log(self, answer: FetchedPage, number: int, stored: Stored) -> None:
        """Write the page's line in the log, which is the checkpoint."""
        assert answer.page is not None  # noqa: S101
        new, returned, unchanged = stored.new, stored.returned, stored.unchanged
        SyncPage.objects.create(
            stage=self.stage,
            walk_number=self.stage.walk_number,
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
