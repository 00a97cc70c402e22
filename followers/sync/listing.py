"""The first stage: walk the follower list to its end, then mark those who were not in it.

The list is a snapshot in pieces, in no documented order, while people follow and leave; the rules
are explained in docs/architecture.md. Phases: walk → weigh → sweep.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap64

from ..clock import db_now
from ..models import OfficialAccount, SyncPage, SyncRun, SyncStage
from ..wechat.client import Client, OpenidPage
from ..wechat.errors import WeChatError
from . import rows
from .ahead import Ahead
from .bitmaps import Seen, pack
from .stage import STAGE, STEP, Next, Outcome

INVALID_OPENID = 40003
RESTARTS = 2
# An end this far short of WeChat's own count is walked again before it is believed.
SHORT_SHARE, SHORT_COUNT = 0.01, 100
# More than this share of this many known followers gone at once is for a person to decide.
GONE_SHARE, GONE_KNOWN = 0.2, 100
SWEEP_ROWS = 10_000
SAMPLE = 20


@dataclass(frozen=True)
class Answer:
    """A page, and when it was asked for: whatever became known later is newer. None: bad cursor."""

    cursor: str
    requested_at: datetime
    page: OpenidPage | None


class Listing:
    """The stage `listing` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.ahead: Ahead[Answer] = Ahead()
        self.seen = Seen.of(stage)
        self.cursors = set(
            stage.page_set.filter(walk=stage.walk).values_list("next_cursor", flat=True)
        )
        self.gone: BitMap64 | None = None
        self.known = 0

    def close(self) -> None:
        self.ahead.close()
        self.client.close()

    def fetch(self, *, last: bool) -> Any:
        if self.stage.phase in ("", "walk"):
            return self._next_page(last=last)
        if self.gone is None:
            self._weigh()
        return None

    def store(self, fetched: Any) -> Outcome:
        if self.stage.phase == "weigh":
            outcome = self._judge()
        elif self.stage.phase == "sweep":
            outcome = self._sweep()
        else:
            outcome = self._take(fetched)
        if outcome.next is Next.STAGE:
            self._finish()
        self.stage.save()
        return outcome

    # --- walk ---------------------------------------------------------------------------------

    def _next_page(self, *, last: bool) -> Answer:
        cursor = self.stage.cursor
        answer = self.ahead.take(cursor) or self._request(self.client, cursor, db_now())
        page = answer.page
        if page is not None and not page.ended and not last:
            self._look_ahead(page.next_openid)
        return answer

    def _look_ahead(self, cursor: str) -> None:
        # The thread gets a token and a time, because it must not touch the database. Trouble with
        # the token is met again by the next step; it must not cost the page at hand.
        with suppress(WeChatError):
            client, now = self.client.pinned(), db_now()
            self.ahead.start(cursor, lambda: self._request(client, cursor, now))

    @staticmethod
    def _request(client: Client, cursor: str, requested_at: datetime) -> Answer:
        try:
            return Answer(cursor, requested_at, client.user_get(cursor))
        except WeChatError as error:
            if error.code == INVALID_OPENID and cursor:
                return Answer(cursor, requested_at, None)
            raise

    def _take(self, answer: Answer) -> Outcome:
        if not self.stage.walk:
            self._begin_walk(answer.requested_at)
        if answer.page is None:
            return self._restart("cursor")
        if answer.page.openids:
            fresh = self._store_page(answer, answer.page)
            if not answer.page.ended and self._is_loop(answer, fresh):
                return self._restart("loop")
        elif answer.page.total is not None:
            self._count(answer.page.total)
        if not answer.page.ended:
            self.cursors.add(answer.page.next_openid)
            self.stage.cursor = answer.page.next_openid
            return STEP
        return self._end_of_list()

    def _begin_walk(self, started_at: datetime) -> None:
        self.stage.walk += 1
        self.stage.walk_started_at = started_at
        self.stage.phase, self.stage.cursor, self.stage.done = "walk", "", 0
        self.stage.counters["stale"] = 0
        self.cursors.clear()
        self.seen.walk = BitMap64()

    def _is_loop(self, answer: Answer, fresh: int) -> bool:
        """The cursor just sent or one seen before, or a second page in a row without a new face."""
        assert answer.page is not None  # noqa: S101
        following = answer.page.next_openid
        stale = self.stage.counters["stale"] = 0 if fresh else self.stage.counters["stale"] + 1
        return following == answer.cursor or following in self.cursors or stale > 1

    def _restart(self, reason: str) -> Outcome:
        restarts = self.stage.counters.get("restarts", 0)
        if restarts >= RESTARTS:
            return Outcome(Next.FAIL, reason)
        self.stage.counters["restarts"] = restarts + 1
        return self._walk_again()

    def _walk_again(self) -> Outcome:
        self.ahead.drop()
        self._begin_walk(db_now())
        return STEP

    def _end_of_list(self) -> Outcome:
        missing = self.run.total - len(self.seen.walk)
        short = missing > max(SHORT_COUNT, SHORT_SHARE * self.run.total)
        if short and not self.stage.counters.get("short"):
            self.stage.counters["short"] = 1
            return self._walk_again()
        self.stage.counters["short"] = 2 if short else 0
        self.stage.phase = "weigh"
        return STEP

    def _store_page(self, answer: Answer, page: OpenidPage) -> int:
        """Write a page; returns how many of its followers this walk had not seen before."""
        at = answer.requested_at
        openids = set(page.openids)
        found = rows.find(self.account_id, openids)
        missing = openids.difference(openid for _id, openid, _subscribed in found)
        new = BitMap64(rows.insert(self.account_id, missing, at) if missing else ())
        if len(new) < len(missing):
            # Somebody else, an event perhaps, has added them since.
            found += [row for row in rows.find(self.account_id, missing) if row[0] not in new]
        left = [row_id for row_id, _openid, subscribed in found if not subscribed]
        returned = BitMap64(rows.mark_returned(left, at, self.run.pk) if left else ())
        unchanged = BitMap64(row_id for row_id, _openid, _subscribed in found) - returned
        before = len(self.seen.walk)
        self.seen.add(new, returned, unchanged)
        self._log(answer, page, new, returned, unchanged)
        self._count(page.total, pages=1)
        return len(self.seen.walk) - before

    def _log(
        self,
        answer: Answer,
        page: OpenidPage,
        new: BitMap64,
        returned: BitMap64,
        unchanged: BitMap64,
    ) -> None:
        SyncPage.objects.create(
            stage=self.stage,
            walk=self.stage.walk,
            number=self.run.pages + 1,
            cursor=answer.cursor,
            next_cursor=page.next_openid,
            ids=len(new) + len(returned) + len(unchanged),
            total=page.total,
            added=len(new),
            resubscribed=len(returned),
            requested_at=answer.requested_at,
            stored_at=db_now(),
            new_rows=pack(new),
            returned_rows=pack(returned),
            unchanged_rows=pack(unchanged),
        )

    def _count(self, total: int | None, pages: int = 0) -> None:
        run, seen = self.run, self.seen
        run.total = run.total if total is None else total
        run.pages += pages
        run.fetched, run.added = len(seen.every), len(seen.new)
        run.resubscribed = len(seen.returned - seen.new)
        run.unchanged = run.fetched - len(seen.changed)
        run.save(update_fields=["total", "pages", "fetched", "added", "resubscribed", "unchanged"])
        self.stage.done, self.stage.total = len(seen.walk), run.total

    # --- weigh --------------------------------------------------------------------------------

    def _weigh(self) -> None:
        """Who follows by older knowledge and was not in the list, and out of how many."""
        assert self.stage.walk_started_at is not None  # noqa: S101
        self.gone, self.known = BitMap64(), 0
        changed = self.seen.changed
        for ids in rows.subscribed_before(self.account_id, self.stage.walk_started_at):
            # Those that an earlier walk of this run added or saw return were not known before it.
            known = BitMap64(ids)
            self.known += len(known) - known.intersection_cardinality(changed)
            self.gone |= known - self.seen.walk

    def _judge(self) -> Outcome:
        assert self.gone is not None  # noqa: S101
        counters, listed = self.stage.counters, len(self.seen.walk)
        known_gone = len(self.gone - self.seen.changed)
        counters |= {"known": self.known, "gone": known_gone, "listed": listed}
        counters["sample"] = [row_id for row_id, _n in zip(self.gone, range(SAMPLE), strict=False)]
        if reason := self._doubt(listed, known_gone):
            params = {"known": self.known, "gone": known_gone, "listed": listed}
            return Outcome(Next.REVIEW, reason, params | {"total": self.run.total})
        if not self.gone:
            return STAGE
        self.stage.phase = "sweep"
        return STEP

    def _doubt(self, listed: int, gone: int) -> str:
        """Why a person must decide whether those who are not in the list have left."""
        if self.stage.counters.get("approved"):
            return ""
        if self.known and not listed:
            return "empty"
        if self.stage.counters.get("short"):
            return "short"
        if self.known >= GONE_KNOWN and gone > GONE_SHARE * self.known:
            return "shrunk"
        return ""

    # --- sweep --------------------------------------------------------------------------------

    def _sweep(self) -> Outcome:
        assert self.gone is not None  # noqa: S101
        assert self.stage.walk_started_at is not None  # noqa: S101
        chunk = self.gone[:SWEEP_ROWS]
        left = rows.mark_left(chunk, self.stage.walk_started_at, self.run.pk)
        self.gone -= chunk
        self.run.unsubscribed += len(left)
        self.run.save(update_fields=["unsubscribed"])
        return STEP if self.gone else STAGE

    def _finish(self) -> None:
        self.stage.cursor = ""
        accounts = OfficialAccount.objects.filter(pk=self.account_id, baseline_at=None)
        accounts.update(baseline_at=db_now())
