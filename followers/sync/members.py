"""A set of followers that WeChat lists in pages (a tag's, the blacklist), mirrored exactly.

First the walk, then the difference to what is stored: nothing is written where nothing changed, and
an unfinished or unbelievable walk removes nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from pyroaring import BitMap64

from ..models import SyncStage
from ..rows import followers
from ..rows.bitmaps import unpack
from ..rows.clock import db_now
from ..rows.followers import Total
from ..rows.locks import advisory_lock
from ..runs.stage import STEP, Next, Outcome
from ..wechat.client import Client, OpenidPage
from .walk import Ask, FetchedPage, Stored, Walk

CHUNK_ROWS = 10_000
# An end this far short of WeChat's own count (and 1 %) is walked again before it is believed.
SHORT_COUNT = 10
# So many ids beyond twice of what WeChat counts may be listed before the list is thought a loop.
SPARE = 100


class Target(Protocol):
    """Where the set is stored."""

    def stored(self) -> BitMap64: ...
    def total(self) -> Total: ...
    def changed_locally_since(self, since: datetime) -> BitMap64: ...
    def add(self, ids: Iterable[int]) -> None: ...
    def remove(self, ids: Iterable[int]) -> None: ...


class Members:
    """One set, through the phases walk → apply of its stage."""

    def __init__(self, stage: SyncStage, client: Client, ask: Ask, target: Target) -> None:
        self.stage, self.target = stage, target
        self.account_id = stage.run.account_id
        self.walk = Walk(stage, client, ask, self._on_begin)
        self.seen = self._seen()
        self.difference: tuple[BitMap64, BitMap64] | None = None
        self.size = 0
        """How many are stored, once the set is mirrored."""

    def close(self) -> None:
        self.walk.close()

    def _seen(self) -> BitMap64:
        pages = self.stage.page_set.filter(walk_number=self.stage.walk_number)
        seen = BitMap64()
        for stored in pages.values_list("unchanged_rows", flat=True):
            seen |= unpack(stored)
        return seen

    def fetch(self, *, last: bool) -> Any:
        if self.stage.phase != "apply":
            return self.walk.fetch(last=last)
        if self.difference is None:
            stored = self.target.stored()
            self.difference = (self.seen - stored, stored - self.seen)
        return None

    def store(self, fetched: Any, *, create: bool = False) -> Outcome | None:
        """One step; None when the set is mirrored, FAIL when its list could not be walked, or
        when it does not agree with what is stored in the end ("differs").
        """
        if self.walk.is_ahead:
            self.walk.begin_anew()
            return STEP
        if self.stage.phase == "apply":
            return self._apply()
        return self._take(fetched, create=create)

    def _take(self, answer: FetchedPage, *, create: bool) -> Outcome | None:
        page, state = answer.page, self.stage.state
        stored = None
        if page is not None and page.openids:
            stored = self._store_page(answer, page, create=create)
        if page is not None and page.total is not None:
            state["expected"] = page.total
        return self.walk.move_on(answer, stored) or self._end_of_list()

    def _on_begin(self, started_at: datetime) -> None:
        """What an earlier walk of this set has read counts no more."""
        self.stage.done -= len(self.seen)
        self.stage.state |= {"unknown": 0, "read": 0}
        self.seen, self.difference = BitMap64(), None

    def _end_of_list(self) -> Outcome:
        state = self.stage.state
        read, expected = len(self.seen) + state.get("unknown", 0), state.get("expected", 0)
        if not read and not expected and not state.get("vanished") and self.target.stored():
            # Everybody gone at once is asked again before it is believed.
            state["vanished"] = True
            self.walk.begin_anew()
        elif self.walk.believes_end(read, expected, SHORT_COUNT if read else 0):
            if state["short"]:
                return Outcome(Next.FAIL, "short")
            self.stage.phase = "apply"
        return STEP

    def _store_page(self, answer: FetchedPage, page: OpenidPage, *, create: bool) -> Stored:
        found = followers.find(self.account_id, set(page.openids))
        ids, missing = found.ids, found.missing
        if missing and create:
            at = answer.requested_at
            ids.update(followers.insert(self.account_id, missing, at, subscribed=False))
        elif missing:
            state = self.stage.state
            state["unknown"] = state.get("unknown", 0) + len(missing)
        known = len(ids - self.seen)
        fresh = known + self._strangers(page, len(missing))
        self.seen |= ids
        stored = Stored(BitMap64(), BitMap64(), ids, fresh)
        number = self.stage.state["pages"] = self.stage.state.get("pages", 0) + 1
        self.walk.log(answer, number, stored)
        self.stage.done += known
        return stored

    def _strangers(self, page: OpenidPage, unknown: int) -> int:
        """How many of the unknown ids count as new faces: too many are the same ones again."""
        state = self.stage.state
        state["read"] = state.get("read", 0) + len(page.openids)
        return unknown if state["read"] <= 2 * state.get("expected", 0) + SPARE else 0

    def _apply(self) -> Outcome | None:
        assert self.difference is not None  # noqa: S101
        added, removed = self.difference
        # What we wrote ourselves after the list was asked for is newer than the list.
        advisory_lock(self.account_id)
        newer = self.target.changed_locally_since(self.stage.walk_started_at or db_now())
        added -= newer
        removed -= newer
        for name, ids, write in (
            ("added", added, self.target.add),
            ("removed", removed, self.target.remove),
        ):
            chunk = ids[:CHUNK_ROWS]
            if chunk:
                write(chunk)
                ids -= chunk
                state = self.stage.state
                state[name] = state.get(name, 0) + len(chunk)
                break
        return STEP if added or removed else self._reconcile(newer)

    def _reconcile(self, newer: BitMap64) -> Outcome | None:
        """Who is stored was listed, or was changed here since; FAIL where that is not so."""
        total = self.target.total()
        self.size = total.size
        if total == Total.of(self.seen):
            return None
        unexplained = followers.existing((self.target.stored() ^ self.seen) - newer)
        number = {"number": len(unexplained)}
        return Outcome(Next.FAIL, "differs", number) if unexplained else None
