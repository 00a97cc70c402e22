"""Sync a set of followers that WeChat lists in pages: those of a tag, or the blacklist.

The list is read to its end, then its difference to the stored set is written: unchanged members
are not written, and an unfinished or implausible list removes nobody.
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
from ..runs.stage import NEXT_STEP, NextAction, Outcome
from ..wechat.client import Client
from .state import MembersState
from .walk import ApiCall, FetchedPage, Restart, StoredPage, Walk, record_page

CHUNK_ROWS = 10_000
# A list that ends this far short of WeChat's own count (and 1 %) is walked again once.
MAX_SHORTFALL = 10
# A list with this many ids more than twice WeChat's own count counts as a loop.
MAX_EXTRA_IDS = 100


@dataclass(frozen=True)
class MemberStorage:
    """How the set is read and written.

    actions, tag_id: the changes of this app that concern the set. creates_unknown: openids that
    are not among the followers get a row. load_excluded: members that are not of the set, and stay
    as they are. comparable: those of some followers who have to be in both, the list and the set,
    or in none.
    """

    load_ids: Callable[[], BitMap64]
    load_total: Callable[[], IdChecksum]
    add: Callable[[Iterable[int]], object]
    remove: Callable[[Iterable[int]], object]
    actions: Collection[str]
    tag_id: int | None = None
    creates_unknown: bool = False
    load_excluded: Callable[[], BitMap64] = BitMap64
    comparable: Callable[[BitMap64], BitMap64] = followers.existing_ids


@dataclass
class MemberDiff:
    """The difference between the list and the stored set. It shrinks as it is written."""

    added: BitMap64
    removed: BitMap64


class MemberSync:
    """Syncs one set. Phases: read → apply. stored_count: its size, once it is synced."""

    def __init__(
        self,
        stage: SyncStage,
        client: Client,
        state: MembersState,
        api_call: ApiCall,
        storage: MemberStorage,
    ) -> None:
        self.stage, self.state, self.storage = stage, state, storage
        self.account_id = stage.run.account_id
        self.walk = Walk(stage, client, api_call, state)
        self.seen = BitMap64()
        pages = stage.page_set.filter(walk_number=stage.walk_number)
        for stored in pages.values_list("unchanged_rows", flat=True):
            self.seen |= unpack(stored)
        self.diff: MemberDiff | None = None
        self.stored_count = 0

    def close(self) -> None:
        self.walk.close()

    def begin(self, started_at: datetime) -> None:
        """Read the list from its start, and discard what an earlier walk has read."""
        self.walk.begin(started_at)
        self.state.begin_walk()
        self.stage.done -= len(self.seen)
        self.seen, self.diff = BitMap64(), None

    def fetch(self, *, is_last_step: bool) -> FetchedPage | MemberDiff:
        if self.stage.phase != "apply":
            return self.walk.fetch(is_last_step=is_last_step)
        if self.diff is None:
            stored = self.storage.load_ids()
            added = self.seen - stored - self.storage.load_excluded()
            self.diff = MemberDiff(added, stored - self.seen)
        return self.diff

    def store(self, fetched: FetchedPage | MemberDiff) -> Outcome | None:
        """Store one step. None when the set is synced; FAIL when its list could not be read, or
        when the stored set differs from it in the end ("differs").
        """
        result: Outcome | Restart | None
        if self.walk.began_in_future:
            result = Restart("clock")
        elif isinstance(fetched, FetchedPage):
            result = self._handle_page(fetched)
        else:
            result = self._apply(fetched)
        if isinstance(result, Restart):
            self.begin(db_now())
            return NEXT_STEP
        return result

    def _handle_page(self, fetched: FetchedPage) -> Outcome | Restart:
        if not self.stage.walk_number:
            self.begin(fetched.requested_at)
        stored = self._store_page(fetched) if fetched.page.openids else None
        if fetched.page.total is not None:
            self.state.expected = fetched.page.total
        return self.walk.advance(fetched, stored) or self._end_of_list()

    def _end_of_list(self) -> Outcome | Restart:
        state = self.state
        read = len(self.seen) + state.unknown
        if not read and not state.expected and not state.vanished and self.storage.load_ids():
            # An empty list is read again before it removes everybody.
            state.vanished = True
            return Restart("vanished")
        if restart := self.walk.check_end(read, state.expected, MAX_SHORTFALL if read else 0):
            return restart
        if state.short:
            return Outcome(NextAction.FAIL, "short")
        self.stage.phase = "apply"
        return NEXT_STEP

    def _store_page(self, fetched: FetchedPage) -> StoredPage:
        found = followers.look_up(self.account_id, set(fetched.page.openids))
        ids, missing = found.ids, found.unknown_openids
        if missing and self.storage.creates_unknown:
            at = fetched.requested_at
            ids.update(followers.insert(self.account_id, missing, at, subscribed=False))
        else:
            self.state.unknown += len(missing)
        known = len(ids - self.seen)
        self.state.read += len(fetched.page.openids)
        self.state.pages += 1
        # Openids without a row cannot be compared; too many of them count as repeated.
        is_plausible = self.state.read <= 2 * self.state.expected + MAX_EXTRA_IDS
        stored = StoredPage(BitMap64(), BitMap64(), ids, known + len(missing) * is_plausible)
        self.seen |= ids
        record_page(self.stage, fetched, self.state.pages, stored)
        self.stage.done += known
        return stored

    def _apply(self, diff: MemberDiff) -> Outcome | None:
        account_id, storage = self.account_id, self.storage
        advisory_lock(account_id)
        # Changes made here after the walk began are newer than the list.
        newer = changed_locally_since(
            account_id, storage.actions, self.walk.started_at, storage.tag_id
        )
        diff.added -= newer
        diff.removed -= newer
        if chunk := diff.added[:CHUNK_ROWS]:
            storage.add(chunk)
            self.state.added += len(chunk)
            diff.added -= chunk
        elif chunk := diff.removed[:CHUNK_ROWS]:
            storage.remove(chunk)
            self.state.removed += len(chunk)
            diff.removed -= chunk
        record_external_change(account_id, storage.actions, chunk, storage.tag_id)
        return NEXT_STEP if diff.added or diff.removed else self._reconcile(newer)

    def _reconcile(self, newer: BitMap64) -> Outcome | None:
        """FAIL if stored and listed members differ and no change made here explains it."""
        total = self.storage.load_total()
        self.stored_count = total.size
        if total == IdChecksum.of(self.seen):
            return None
        unexplained = self.storage.comparable((self.storage.load_ids() ^ self.seen) - newer)
        number = {"number": len(unexplained)}
        return Outcome(NextAction.FAIL, "differs", number) if unexplained else None
