"""Process a follower list that was read to its end: mark who has left, check the result.

Phases: decide → confirm → sweep → reconcile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import islice

from django.conf import settings
from pyroaring import BitMap64

from ..history.backdating import backdate_followers
from ..history.observations import Absent
from ..history.sets import mark_absent, mark_resubscribed
from ..models import SyncRun, SyncStage
from ..rows import followers
from ..rows.clock import db_now
from ..rows.followers import IdChecksum
from ..runs.stage import NEXT_STAGE, NEXT_STEP, NextAction, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import NOT_PERMITTED
from ..wechat.errors import WeChatError
from .confirmation import Confirmation
from .profile_batches import ProfileBatch
from .state import ListingState
from .walk import FetchedPage, Restart, SeenFollowers, StoredPage, record_page

# A user decides when more than this share of at least so many known followers is gone at once.
MAX_GONE_SHARE, MIN_KNOWN_FOR_SHARE = 0.2, 100
SWEEP_ROWS = 10_000
SAMPLE_SIZE = 20
# If more than this share of a sample still follows, the list was cut short.
CUT_SHORT_SHARE = 0.5
# Without permission to confirm, a list older than this removes nobody.
MAX_UNCONFIRMED_AGE = timedelta(hours=1)
# Numbers of the SyncPages for confirmed followers, higher than that of any page of the list.
CONFIRMED_PAGES_FROM = 1_000_000


@dataclass
class MissingFollowers:
    """Row ids of followers known before the walk and not listed, and how many were known.

    `gone` shrinks while its followers are marked as having left.
    """

    gone: BitMap64
    known: int


@dataclass(frozen=True)
class ListDifference:
    """How the stored followers differ from the listed ones.

    newer_count: differences that newer knowledge explains. extra, missing: row ids that are only
    stored or only listed, although nothing newer explains it.
    """

    stored_count: int
    newer_count: int = 0
    extra: BitMap64 = field(default_factory=BitMap64)
    missing: BitMap64 = field(default_factory=BitMap64)

    @property
    def unexplained(self) -> BitMap64:
        return self.extra | self.missing


WriteStep = Callable[[], Outcome | Restart]
"""Writes one step, with all that was fetched for it."""


class CompleteList:
    """The list of one walk. Each walk needs an instance of its own."""

    def __init__(
        self,
        stage: SyncStage,
        client: Client,
        state: ListingState,
        seen: SeenFollowers,
        walk_started_at: datetime,
    ) -> None:
        self.stage, self.client, self.state, self.seen = stage, client, state, seen
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.walk_started_at = walk_started_at
        self.confirmation: Confirmation | None = None

    def close(self) -> None:
        if self.confirmation is not None:
            self.confirmation.close()
            self.confirmation = None

    def fetch(self, *, is_last_step: bool) -> WriteStep:
        match self.stage.phase:
            case "confirm":
                if self.confirmation is None:
                    self.confirmation = self._create_confirmation()
                batches = self.confirmation.fetch(is_last_step=is_last_step)
                return partial(self._store_confirmation, self.confirmation, batches)
            case "sweep":
                return partial(self._sweep, self.missing)
            case "reconcile":
                return partial(self._reconcile, self._compare())
            case "decide":
                return partial(self._decide, self.missing)
        raise ValueError(f"Stage {self.stage.pk} has an unknown phase: {self.stage.phase}")

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Without permission to confirm, accept a fresh list as it is and no old one."""
        if self.stage.phase != "confirm" or error.code not in NOT_PERMITTED:
            return None
        if self.state.doubt:
            return self._review_outcome(self.state.doubt)
        if db_now() - self.walk_started_at > MAX_UNCONFIRMED_AGE:
            self.state.unconfirmed = len(self.missing.gone)
            return self._go_to("reconcile")
        return self._go_to("sweep")

    def _go_to(self, phase: str) -> Outcome:
        self.stage.phase = phase
        return NEXT_STEP

    @cached_property
    def missing(self) -> MissingFollowers:
        return self._find_missing()

    def _find_missing(self) -> MissingFollowers:
        gone, known, changed = BitMap64(), 0, self.seen.changed
        for ids in followers.subscribed_ids_before(self.account_id, self.walk_started_at):
            known_ids = BitMap64(ids)
            # Followers whom an earlier walk of this run added or saw return were not known before.
            known += len(known_ids) - known_ids.intersection_cardinality(changed)
            gone |= known_ids - self.seen.listed
        return MissingFollowers(gone, known)

    def _decide(self, missing: MissingFollowers) -> Outcome:
        state, gone = self.state, missing.gone
        state.known, state.listed = missing.known, len(self.seen.listed)
        state.gone = len(gone - self.seen.changed)
        state.sample = list(islice(gone, SAMPLE_SIZE))
        state.doubt = "" if state.approved else self._doubt_reason()
        if gone:
            return self._go_to("sweep" if state.approved else "confirm")
        return self._review_outcome(state.doubt) if state.doubt else self._go_to("reconcile")

    def _doubt_reason(self) -> str:
        """The reason why a user must decide about the missing followers; "" if none."""
        state = self.state
        if state.known and not state.listed:
            return "empty"
        if state.short:
            return "short"
        if state.known >= MIN_KNOWN_FOR_SHARE and state.gone > MAX_GONE_SHARE * state.known:
            return "shrunk"
        return ""

    def _review_outcome(self, reason: str, **params: int) -> Outcome:
        for name in ("known", "gone", "listed", "asked", "still"):
            params[name] = getattr(self.state, name)
        return Outcome(NextAction.REVIEW, reason, params | {"total": self.run.total})

    def _create_confirmation(self) -> Confirmation:
        state, gone = self.state, self.missing.gone
        can_ask_all = len(gone) <= settings.CONFIRM_BUDGET or state.ask_all
        sample = bool(state.doubt or state.to_ask) or not can_ask_all
        return Confirmation(self.client, state, gone, sample=sample, seed=self.run.pk)

    def _store_confirmation(
        self, confirmation: Confirmation, batches: list[ProfileBatch]
    ) -> Outcome | Restart:
        state = self.state
        answers = confirmation.store(batches)
        if answers.following:
            self._keep_following(answers.following)
        if not state.doubt:
            for asked_at, left in answers.left.items():
                self._mark_left(left, Absent(self.walk_started_at, asked_at, confirmed=True))
        if confirmation.batches.remaining:
            return NEXT_STEP
        self.close()
        state.sample = list(islice(self.missing.gone - self.seen.listed, SAMPLE_SIZE))
        # The answers have changed the rows, so the missing followers are queried again.
        del self.missing
        if state.doubt:
            return self._review_outcome(state.doubt)
        return self._after_confirmation(confirmation)

    def _keep_following(self, following: BitMap64) -> None:
        """Store confirmed followers as if a page of the list named them."""
        self.state.kept += 1
        self.seen.listed |= following
        page = FetchedPage("", db_now(), OpenidPage(None, (), self.stage.cursor))
        stored = StoredPage(BitMap64(), BitMap64(), following, 0)
        record_page(self.stage, page, CONFIRMED_PAGES_FROM + self.state.kept, stored)

    def _after_confirmation(self, confirmation: Confirmation) -> Outcome | Restart:
        """If only a sample was asked, it decides for the others or shows a list cut short."""
        state = self.state
        if not confirmation.is_sample_only or not state.still:
            return self._go_to("sweep")
        if state.still <= CUT_SHORT_SHARE * state.asked:
            state.ask_all = True
            return NEXT_STEP
        if state.cut:
            return self._review_outcome("cut")
        state.cut = True
        return Restart("cut")

    def _sweep(self, missing: MissingFollowers) -> Outcome:
        chunk = missing.gone[:SWEEP_ROWS]
        self._mark_left(chunk, self._absence())
        missing.gone -= chunk
        return NEXT_STEP if missing.gone else self._go_to("reconcile")

    def _absence(self) -> Absent:
        """Of whoever is not in the list."""
        until = datetime.fromtimestamp(self.state.read_until, UTC)
        return Absent(self.walk_started_at, max(self.walk_started_at, until))

    def _mark_left(self, ids: BitMap64, absence: Absent) -> None:
        self.run.unsubscribed += len(mark_absent(self.account_id, ids, absence))

    def _compare(self) -> ListDifference:
        listed = self.seen.listed
        if self.state.unconfirmed:
            # Missing followers that could not be confirmed keep their status.
            listed = listed | self._find_missing().gone
        # The row ids are read only if their number and sum differ.
        total = followers.subscribed_checksum(self.account_id)
        if total == IdChecksum.of(listed):
            return ListDifference(total.size)
        stored = followers.subscribed_ids(self.account_id)
        differing = stored ^ listed
        unexplained = followers.ids_with_status_outside(differing, self.walk_started_at, db_now())
        newer_count = len(differing - unexplained)
        return ListDifference(len(stored), newer_count, unexplained - listed, unexplained & listed)

    def _reconcile(self, difference: ListDifference) -> Outcome:
        if not difference.unexplained:
            return NEXT_STAGE
        if self.state.approved:
            return self._accept_list(difference)
        state, here = self.state, difference.stored_count
        state.known, state.listed, state.gone = here, len(self.seen.listed), len(difference.extra)
        state.sample = list(islice(difference.unexplained, SAMPLE_SIZE))
        newer, missing = difference.newer_count, len(difference.missing)
        return self._review_outcome("differs", here=here, newer=newer, missing=missing)

    def _accept_list(self, difference: ListDifference) -> Outcome:
        """A user has approved the list: it decides who follows."""
        since = self.walk_started_at
        backdate_followers(self.account_id, since, difference.unexplained, is_decided=True)
        self._mark_left(difference.extra, self._absence())
        returned = len(mark_resubscribed(self.account_id, difference.missing, since))
        self.run.resubscribed += returned
        self.run.unchanged -= returned
        return NEXT_STEP
