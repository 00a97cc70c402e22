"""The first stage: walk the follower list to its end, then mark those who were not in it.

The list is a snapshot in pieces, in no documented order, while people follow and leave; the rules
are explained in docs/architecture.md. Phases: walk → weigh → sweep.
"""

from typing import Any

from pyroaring import BitMap64

from ..clock import db_now
from ..models import OfficialAccount, SyncRun, SyncStage
from ..wechat.client import Client, OpenidPage
from . import rows
from .bitmaps import Seen
from .stage import STAGE, STEP, Next, Outcome
from .walk import Answer, Stored, Walk

# An end this far short of WeChat's own count (and 1 %) is walked again before it is believed.
SHORT_COUNT = 100
# More than this share of this many known followers gone at once is for a person to decide.
GONE_SHARE, GONE_KNOWN = 0.2, 100
SWEEP_ROWS = 10_000
SAMPLE = 20


class Listing:
    """The stage `listing` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage = stage
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.walk = Walk(stage, client, lambda client, cursor: client.user_get(cursor))
        self.seen = Seen.of(stage)
        self.gone: BitMap64 | None = None
        self.known = 0

    def close(self) -> None:
        self.walk.close()

    def fetch(self, *, last: bool) -> Any:
        if self.stage.phase in ("", "walk"):
            return self.walk.fetch(last=last)
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

    # --- walk -------------------------------------------------------------------------------------

    def _take(self, answer: Answer) -> Outcome:
        if not self.stage.walk:
            self.walk.begin(answer.requested_at)
        stored = None
        if answer.page is not None:
            stored = self._store_page(answer, answer.page) if answer.page.openids else None
            self._count(answer.page.total, pages=1 if stored else 0)
        number = self.stage.walk
        outcome = self.walk.move_on(answer, stored) or self._end_of_list()
        if self.stage.walk != number:
            self.seen.walk = BitMap64()
        return outcome

    def _end_of_list(self) -> Outcome:
        if self.walk.believes_end(len(self.seen.walk), self.run.total, SHORT_COUNT):
            self.stage.phase = "weigh"
        return STEP

    def _store_page(self, answer: Answer, page: OpenidPage) -> Stored:
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
        stored = Stored(new, returned, unchanged, len(self.seen.walk) - before)
        self.walk.log(answer, self.run.pages + 1, stored)
        return stored

    def _count(self, total: int | None, pages: int) -> None:
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
