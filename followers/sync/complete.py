"""What follows from a follower list that was read to its end: who has left, and whether all agrees.

Phases: decide → confirm → sweep → reconcile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import islice

from django.conf import settings
from pyroaring import BitMap64

from ..models import SyncRun, SyncStage
from ..rows import followers
from ..rows.backdating import backdate_followers
from ..rows.clock import db_now
from ..rows.followers import IdChecksum
from ..runs.stage import STAGE, STEP, Next, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import NOT_PERMITTED
from ..wechat.errors import WeChatError
from .confirm import Confirmation
from .profiles import ProfileBatch
from .state import ListingState
from .walk import FetchedPage, Restart, Seen, Stored, log_page

# More than this share of this many known followers gone at once is for a person to decide.
GONE_SHARE, GONE_KNOWN = 0.2, 100
SWEEP_ROWS = 10_000
SAMPLE = 20
# A sample of which more than this share still follows shows that the list was cut short.
CUT_SHARE = 0.5
# Without permission to ask about people, a list older than this removes nobody.
OLD_WALK = timedelta(hours=1)
# Numbers of the lines that stand for people who were kept, beyond those of any page.
KEPT_PAGES = 1_000_000


@dataclass
class Missing:
    """Who follows by older knowledge and was not listed, and out of how many.

    `gone` shrinks while they are marked as having left.
    """

    gone: BitMap64
    known: int


@dataclass(frozen=True)
class Difference:
    """How those who follow here differ from those who were listed.

    here: how many follow here; newer: how many differ because something was learned since the list
    was asked for. extra, missing: row ids of those who follow here and were not listed, and the
    other way round, although nothing newer explains it.
    """

    here: int
    newer: int = 0
    extra: BitMap64 = field(default_factory=BitMap64)
    missing: BitMap64 = field(default_factory=BitMap64)

    @property
    def unexplained(self) -> BitMap64:
        return self.extra | self.missing


Work = Callable[[], Outcome | Restart]
"""What a step has to write, with all that it needs for it."""


class CompleteList:
    """The list of one walk, which began at `since`: another walk needs another one of these."""

    def __init__(
        self, stage: SyncStage, client: Client, state: ListingState, seen: Seen, since: datetime
    ) -> None:
        self.stage, self.client, self.state, self.seen = stage, client, state, seen
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.since = since
        self.confirmation: Confirmation | None = None

    def close(self) -> None:
        if self.confirmation is not None:
            self.confirmation.close()
            self.confirmation = None

    def fetch(self, *, last: bool) -> Work:
        match self.stage.phase:
            case "confirm":
                if self.confirmation is None:
                    self.confirmation = self._confirmation()
                batches = self.confirmation.fetch(last=last)
                return partial(self._confirm, self.confirmation, batches)
            case "sweep":
                return partial(self._sweep, self.missing)
            case "reconcile":
                return partial(self._reconcile, self._compare())
            case "decide":
                return partial(self._decide, self.missing)
        raise ValueError(f"Stage {self.stage.pk} is in no phase of ours: {self.stage.phase}")

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Who may not ask about people believes a fresh list as it is, and no old one."""
        if self.stage.phase != "confirm" or error.code not in NOT_PERMITTED:
            return None
        if self.state.doubt:
            return self._review(self.state.doubt)
        if db_now() - self.since > OLD_WALK:
            self.state.unconfirmed = len(self.missing.gone)
            return self._go_to("reconcile")
        return self._go_to("sweep")

    def _go_to(self, phase: str) -> Outcome:
        self.stage.phase = phase
        return STEP

    @cached_property
    def missing(self) -> Missing:
        return self._find_missing()

    def _find_missing(self) -> Missing:
        gone, known, changed = BitMap64(), 0, self.seen.changed
        for ids in followers.subscribed_ids_before(self.account_id, self.since):
            # Those that an earlier walk of this run added or saw return were not known before it.
            before = BitMap64(ids)
            known += len(before) - before.intersection_cardinality(changed)
            gone |= before - self.seen.listed
        return Missing(gone, known)

    def _decide(self, missing: Missing) -> Outcome:
        state, gone = self.state, missing.gone
        state.known, state.listed = missing.known, len(self.seen.listed)
        state.gone = len(gone - self.seen.changed)
        state.sample = list(islice(gone, SAMPLE))
        state.doubt = "" if state.approved else self._doubt()
        if gone:
            return self._go_to("sweep" if state.approved else "confirm")
        return self._review(state.doubt) if state.doubt else self._go_to("reconcile")

    def _doubt(self) -> str:
        """Why a person must decide whether those who are not in the list have left."""
        state = self.state
        if state.known and not state.listed:
            return "empty"
        if state.short:
            return "short"
        if state.known >= GONE_KNOWN and state.gone > GONE_SHARE * state.known:
            return "shrunk"
        return ""

    def _review(self, reason: str, **more: int) -> Outcome:
        it = self.state
        facts = {"known": it.known, "gone": it.gone, "listed": it.listed}
        facts |= {"asked": it.asked, "still": it.still, **more, "total": self.run.total}
        return Outcome(Next.REVIEW, reason, facts)

    def _confirmation(self) -> Confirmation:
        state, gone = self.state, self.missing.gone
        all_of_them = len(gone) <= settings.CONFIRM_BUDGET or state.ask_all
        sample = bool(state.doubt or state.to_ask) or not all_of_them
        return Confirmation(self.client, state, gone, sample=sample, seed=self.run.pk)

    def _confirm(
        self, confirmation: Confirmation, batches: list[ProfileBatch]
    ) -> Outcome | Restart:
        state = self.state
        following, left = confirmation.store(batches)
        if following:
            self._keep(following)
        if left and not state.doubt:
            self._mark_left(left)
        if confirmation.batches.left:
            return STEP
        self.close()
        state.sample = list(islice(self.missing.gone - self.seen.listed, SAMPLE))
        # What the answers have changed is found again without those whom they concern.
        del self.missing
        if state.doubt:
            return self._review(state.doubt)
        return self._after_asking(confirmation)

    def _keep(self, following: BitMap64) -> None:
        """They follow after all: as good as a page that names them."""
        self.state.kept += 1
        self.seen.listed |= following
        page = FetchedPage("", db_now(), OpenidPage(None, (), self.stage.cursor))
        stored = Stored(BitMap64(), BitMap64(), following, 0)
        log_page(self.stage, page, KEPT_PAGES + self.state.kept, stored)

    def _after_asking(self, confirmation: Confirmation) -> Outcome | Restart:
        """All were asked: done. A sample decides for the others, or that the list was cut short."""
        state = self.state
        if not confirmation.leaves_some_out or not state.still:
            return self._go_to("sweep")
        if state.still <= CUT_SHARE * state.asked:
            state.ask_all = True
            return STEP
        if state.cut:
            return self._review("cut")
        state.cut = True
        return Restart("cut")

    def _sweep(self, missing: Missing) -> Outcome:
        chunk = missing.gone[:SWEEP_ROWS]
        self._mark_left(chunk)
        missing.gone -= chunk
        return STEP if missing.gone else self._go_to("reconcile")

    def _mark_left(self, ids: BitMap64) -> None:
        self.run.unsubscribed += len(followers.mark_unsubscribed(ids, self.since, self.run.pk))

    def _compare(self) -> Difference:
        # A count and the sum of the row ids tell; only where they differ it is looked up in whom.
        listed = self.seen.listed
        if self.state.unconfirmed:
            # They are left as they were.
            listed = listed | self._find_missing().gone
        total = followers.subscribed_checksum(self.account_id)
        if total == IdChecksum.of(listed):
            return Difference(total.size)
        here = followers.subscribed_ids(self.account_id)
        differ = here ^ listed
        unexplained = followers.ids_with_status_outside(differ, self.since, db_now())
        newer = len(differ - unexplained)
        return Difference(len(here), newer, unexplained - listed, unexplained & listed)

    def _reconcile(self, found: Difference) -> Outcome:
        if not found.unexplained:
            return STAGE
        if self.state.approved:
            return self._believe(found)
        state = self.state
        state.known, state.listed, state.gone = found.here, len(self.seen.listed), len(found.extra)
        state.sample = list(islice(found.unexplained, SAMPLE))
        facts = {"here": found.here, "newer": found.newer, "missing": len(found.missing)}
        return self._review("differs", **facts)

    def _believe(self, found: Difference) -> Outcome:
        """A person has said so: those whom nothing explains follow, or not, as the list has it."""
        backdate_followers(self.account_id, self.since, found.unexplained)
        self._mark_left(found.extra)
        returned = len(followers.mark_resubscribed(found.missing, self.since, self.run.pk))
        self.run.resubscribed += returned
        self.run.unchanged -= returned
        return STEP
