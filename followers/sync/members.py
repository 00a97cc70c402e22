"""A set of followers that WeChat lists in pages (a tag's, the blacklist), mirrored exactly.

First its list is read, then the difference to what is stored is written: nothing is written where
nothing changed, and an unfinished or unbelievable walk removes nobody.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap64

from ..models import SyncStage
from ..rows import followers
from ..rows.bitmaps import unpack
from ..rows.clock import db_now
from ..rows.followers import IdChecksum
from ..rows.local_changes import changed_locally_since, record_external_change
from ..rows.locks import advisory_lock
from ..runs.stage import STEP, Next, Outcome
from ..wechat.client import Client
from .state import MembersState
from .walk import Ask, FetchedPage, Restart, Stored, Walk, log_page

CHUNK_ROWS = 10_000
# An end this far short of WeChat's own count (and 1 %) is walked again before it is believed.
SHORT_COUNT = 10
# So many ids beyond twice of what WeChat counts may be listed before the list is thought a loop.
SPARE = 100


@dataclass(frozen=True)
class Target:
    """Where the set is stored.

    actions, tag_id: what we do to the set. create: who is not known here gets a row.
    """

    stored: Callable[[], BitMap64]
    total: Callable[[], IdChecksum]
    add: Callable[[Iterable[int]], object]
    remove: Callable[[Iterable[int]], object]
    actions: Collection[str]
    tag_id: int | None = None
    create: bool = False


@dataclass
class ToWrite:
    """How what is stored differs from a list that was read to its end; shrinks as it is written."""

    added: BitMap64
    removed: BitMap64


class Members:
    """One set, through the phases read → apply of its stage."""

    def __init__(
        self, stage: SyncStage, client: Client, state: MembersState, ask: Ask, target: Target
    ) -> None:
        self.stage, self.state, self.target = stage, state, target
        self.account_id = stage.run.account_id
        self.walk = Walk(stage, client, ask, state)
        self.seen = BitMap64()
        pages = stage.page_set.filter(walk_number=stage.walk_number)
        for stored in pages.values_list("unchanged_rows", flat=True):
            self.seen |= unpack(stored)
        self.to_write: ToWrite | None = None
        self.size = 0
        """How many are stored, once the set is mirrored."""

    def close(self) -> None:
        self.walk.close()

    def begin(self, started_at: datetime) -> None:
        """Read the list from its top, with what an earlier walk has read forgotten."""
        self.walk.begin(started_at)
        self.state.begin_walk()
        self.stage.done -= len(self.seen)
        self.seen, self.to_write = BitMap64(), None

    def fetch(self, *, last: bool) -> FetchedPage | ToWrite:
        if self.stage.phase != "apply":
            return self.walk.fetch(last=last)
        if self.to_write is None:
            stored = self.target.stored()
            self.to_write = ToWrite(self.seen - stored, stored - self.seen)
        return self.to_write

    def store(self, fetched: FetchedPage | ToWrite) -> Outcome | None:
        """One step; None when the set is mirrored, FAIL when its list could not be read, or
        when it does not agree with what is stored in the end ("differs").
        """
        result: Outcome | Restart | None
        if self.walk.is_ahead:
            result = Restart("clock")
        elif isinstance(fetched, FetchedPage):
            result = self._take(fetched)
        else:
            result = self._apply(fetched)
        if isinstance(result, Restart):
            self.begin(db_now())
            return STEP
        return result

    def _take(self, answer: FetchedPage) -> Outcome | Restart:
        if not self.stage.walk_number:
            self.begin(answer.requested_at)
        stored = self._store_page(answer) if answer.page.openids else None
        if answer.page.total is not None:
            self.state.expected = answer.page.total
        return self.walk.move_on(answer, stored) or self._end_of_list()

    def _end_of_list(self) -> Outcome | Restart:
        state = self.state
        read = len(self.seen) + state.unknown
        if not read and not state.expected and not state.vanished and self.target.stored():
            # Everybody gone at once is asked again before it is believed.
            state.vanished = True
            return Restart("vanished")
        if restart := self.walk.check_end(read, state.expected, SHORT_COUNT if read else 0):
            return restart
        if state.short:
            return Outcome(Next.FAIL, "short")
        self.stage.phase = "apply"
        return STEP

    def _store_page(self, answer: FetchedPage) -> Stored:
        found = followers.look_up(self.account_id, set(answer.page.openids))
        ids, missing = found.ids, found.unknown_openids
        if missing and self.target.create:
            at = answer.requested_at
            ids.update(followers.insert(self.account_id, missing, at, subscribed=False))
        else:
            self.state.unknown += len(missing)
        known = len(ids - self.seen)
        self.state.read += len(answer.page.openids)
        self.state.pages += 1
        # Of those who are not known here too many are the same ones again, and nobody new.
        believed = self.state.read <= 2 * self.state.expected + SPARE
        stored = Stored(BitMap64(), BitMap64(), ids, known + len(missing) * believed)
        self.seen |= ids
        log_page(self.stage, answer, self.state.pages, stored)
        self.stage.done += known
        return stored

    def _apply(self, to_write: ToWrite) -> Outcome | None:
        account_id, target = self.account_id, self.target
        advisory_lock(account_id)
        # What we wrote ourselves after the list was asked for is newer than the list.
        newer = changed_locally_since(
            account_id, target.actions, self.walk.started_at, target.tag_id
        )
        to_write.added -= newer
        to_write.removed -= newer
        if chunk := to_write.added[:CHUNK_ROWS]:
            target.add(chunk)
            self.state.added += len(chunk)
            to_write.added -= chunk
        elif chunk := to_write.removed[:CHUNK_ROWS]:
            target.remove(chunk)
            self.state.removed += len(chunk)
            to_write.removed -= chunk
        record_external_change(account_id, target.actions, chunk, target.tag_id)
        return STEP if to_write.added or to_write.removed else self._reconcile(newer)

    def _reconcile(self, newer: BitMap64) -> Outcome | None:
        """Who is stored was listed, or was changed here since; FAIL where that is not so."""
        total = self.target.total()
        self.size = total.size
        if total == IdChecksum.of(self.seen):
            return None
        unexplained = followers.existing_ids((self.target.stored() ^ self.seen) - newer)
        number = {"number": len(unexplained)}
        return Outcome(Next.FAIL, "differs", number) if unexplained else None
