"""The first stage: walk the follower list to its end, then mark those who were not in it.

The list is a snapshot in pieces, in no documented order, while people follow and leave; the rules
are explained in docs/architecture.md. Phases: read → decide → confirm → sweep → reconcile.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from pyroaring import BitMap64

from ..models import OfficialAccount, SyncRun, SyncStage
from ..rows import followers
from ..rows.clock import db_now
from ..rows.future import date_back_followers
from ..runs.stage import STAGE, STEP, Next, Outcome
from ..wechat.client import Client, OpenidPage
from ..wechat.errcodes import NOT_PERMITTED
from ..wechat.errors import WeChatError
from .confirm import Confirmation
from .reconcile import Difference, believe, compare
from .seen import Seen
from .walk import FetchedPage, Stored, Walk

# An end this far short of WeChat's own count (and 1 %) is walked again before it is believed.
SHORT_COUNT = 100
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


class Listing:
    """The stage `listing` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.walk = Walk(
            stage, client, lambda client, cursor: client.user_get(cursor), self._on_begin
        )
        self.seen = Seen.of(stage)
        self.gone: BitMap64 | None = None
        self.known = 0
        self.confirmation: Confirmation | None = None

    def close(self) -> None:
        self.walk.close()
        if self.confirmation is not None:
            self.confirmation.close()

    def fetch(self, *, last: bool) -> Any:
        if self.stage.phase in ("", "read"):
            return self.walk.fetch(last=last)
        if self.stage.phase == "reconcile":
            return self._compare()
        if self.gone is None:
            self._compute_diff()
        if self.stage.phase == "confirm":
            return self._open_confirmation().fetch(last=last)
        return None

    def store(self, fetched: Any) -> Outcome:
        phases: dict[str, Callable[[Any], Outcome]] = {
            "": self._take,
            "read": self._take,
            "decide": self._decide,
            "confirm": self._confirm,
            "sweep": self._sweep,
            "reconcile": self._reconcile,
        }
        if self.walk.is_ahead:
            self.walk.begin_anew()
            self.stage.state.pop("approved", None)
            outcome = STEP
        else:
            outcome = phases[self.stage.phase](fetched)
        if outcome.next is Next.STAGE:
            self._finish()
        self.stage.save()
        return outcome

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Who may not ask about people believes a fresh list as it is, and no old one."""
        if self.stage.phase != "confirm" or error.code not in NOT_PERMITTED:
            return None
        assert self.gone is not None  # noqa: S101
        assert self.stage.walk_started_at is not None  # noqa: S101
        if doubt := self.stage.state["doubt"]:
            outcome = self._review(doubt)
        elif db_now() - self.stage.walk_started_at > OLD_WALK:
            self.stage.state["unconfirmed"] = len(self.gone)
            self.stage.phase, outcome = "reconcile", STEP
        else:
            self.stage.phase, outcome = "sweep", STEP
        self.stage.save()
        return outcome

    # --- walk -------------------------------------------------------------------------------------

    def _on_begin(self, started_at: datetime) -> None:
        date_back_followers(self.account_id, started_at)
        self.seen.listed = BitMap64()
        self.gone = None
        if self.confirmation is not None:
            self.confirmation.close()
            self.confirmation = None

    def _take(self, answer: FetchedPage) -> Outcome:
        if not self.stage.walk_number:
            self.walk.begin(answer.requested_at)
        stored = None
        if answer.page is not None:
            stored = self._store_page(answer, answer.page) if answer.page.openids else None
            self._count(answer.page.total, pages=1 if stored else 0)
        return self.walk.move_on(answer, stored) or self._end_of_list()

    def _end_of_list(self) -> Outcome:
        if self.walk.believes_end(len(self.seen.listed), self.run.total, SHORT_COUNT):
            self.stage.phase = "decide"
        return STEP

    def _store_page(self, answer: FetchedPage, page: OpenidPage) -> Stored:
        at = answer.requested_at
        found = followers.find(self.account_id, set(page.openids))
        new = BitMap64(
            followers.insert(self.account_id, found.missing, at) if found.missing else ()
        )
        known, left = found.ids, found.left
        if len(new) < len(found.missing):
            # Somebody else, an event perhaps, has added them since.
            late = followers.find(self.account_id, found.missing)
            known, left = known | (late.ids - new), left + late.left
        returned = BitMap64(followers.mark_returned(left, at, self.run.pk) if left else ())
        unchanged = known - returned
        before = len(self.seen.listed)
        self.seen.add(new, returned, unchanged)
        stored = Stored(new, returned, unchanged, len(self.seen.listed) - before)
        self.walk.log(answer, self.run.pages + 1, stored)
        return stored

    def _count(self, total: int | None, pages: int) -> None:
        run, seen = self.run, self.seen
        run.total = run.total if total is None else total
        run.pages += pages
        run.fetched, run.added = len(seen.every), len(seen.new)
        run.resubscribed = len(seen.returned - seen.new)
        run.unchanged = run.fetched - len(seen.changed)
        self.stage.done, self.stage.total = len(seen.listed), run.total

    # --- decide -------------------------------------------------------------------------------

    def _compute_diff(self) -> None:
        """Who follows by older knowledge and was not in the list, and out of how many."""
        assert self.stage.walk_started_at is not None  # noqa: S101
        self.gone, self.known = BitMap64(), 0
        changed = self.seen.changed
        for ids in followers.subscribed_before(self.account_id, self.stage.walk_started_at):
            # Those that an earlier walk of this run added or saw return were not known before it.
            known = BitMap64(ids)
            self.known += len(known) - known.intersection_cardinality(changed)
            self.gone |= known - self.seen.listed

    def _decide(self, _fetched: Any) -> Outcome:
        assert self.gone is not None  # noqa: S101
        state, listed = self.stage.state, len(self.seen.listed)
        known_gone = len(self.gone - self.seen.changed)
        state |= {"known": self.known, "gone": known_gone, "listed": listed}
        state["sample"] = list(islice(self.gone, SAMPLE))
        state["doubt"] = self._doubt(listed, known_gone)
        if not self.gone:
            return self._review(state["doubt"]) if state["doubt"] else self._then_reconcile()
        self.stage.phase = "sweep" if state.get("approved") else "confirm"
        return STEP

    def _doubt(self, listed: int, gone: int) -> str:
        """Why a person must decide whether those who are not in the list have left."""
        if self.stage.state.get("approved"):
            return ""
        if self.known and not listed:
            return "empty"
        if self.stage.state.get("short"):
            return "short"
        if self.known >= GONE_KNOWN and gone > GONE_SHARE * self.known:
            return "shrunk"
        return ""

    def _review(self, reason: str, **more: int) -> Outcome:
        names = ("known", "gone", "listed", "asked", "still")
        facts = {name: self.stage.state.get(name, 0) for name in names} | more
        return Outcome(Next.REVIEW, reason, facts | {"total": self.run.total})

    # --- confirm ----------------------------------------------------------------------------------

    def _open_confirmation(self) -> Confirmation:
        if self.confirmation is None:
            assert self.gone is not None  # noqa: S101
            state = self.stage.state
            few = len(self.gone) <= settings.CONFIRM_BUDGET or state.get("ask_all")
            sample = bool(state["doubt"]) or not few or "to_ask" in state
            self.confirmation = Confirmation(self.stage, self.client, self.gone, sample=sample)
        return self.confirmation

    def _confirm(self, answers: Any) -> Outcome:
        asking, state = self._open_confirmation(), self.stage.state
        following = asking.store(answers, mark=not state["doubt"])
        if following:
            self._keep(following)
        if not asking.is_over:
            return STEP
        asking.close()
        assert self.gone is not None  # noqa: S101
        state["sample"] = list(islice(self.gone - self.seen.listed, SAMPLE))
        self.confirmation = self.gone = None
        if state["doubt"]:
            return self._review(state["doubt"])
        return self._after_asking(sampled=asking.sample)

    def _keep(self, following: BitMap64) -> None:
        """They follow after all: as good as a page that names them."""
        state = self.stage.state
        number = state["kept"] = state.get("kept", 0) + 1
        self.seen.listed |= following
        now = db_now()
        page = OpenidPage(None, (), self.stage.cursor)
        stored = Stored(BitMap64(), BitMap64(), following, 0)
        self.walk.log(FetchedPage("", now, page), KEPT_PAGES + number, stored)

    def _after_asking(self, *, sampled: bool) -> Outcome:
        """All were asked: done. A sample decides for the others, or that the list was cut short."""
        state = self.stage.state
        if not sampled or not state["still"]:
            self.stage.phase = "sweep"
        elif state["still"] <= CUT_SHARE * state["asked"]:
            state["ask_all"] = True
        elif state.get("cut"):
            return self._review("cut")
        else:
            state |= {"cut": True, "asked": 0, "still": 0}
            self.walk.begin_anew()
        return STEP

    # --- sweep --------------------------------------------------------------------------------

    def _sweep(self, _fetched: Any) -> Outcome:
        assert self.gone is not None  # noqa: S101
        assert self.stage.walk_started_at is not None  # noqa: S101
        chunk = self.gone[:SWEEP_ROWS]
        left = followers.mark_left(chunk, self.stage.walk_started_at, self.run.pk)
        self.gone -= chunk
        self.run.unsubscribed += len(left)
        return STEP if self.gone else self._then_reconcile()

    # --- reconcile --------------------------------------------------------------------------------

    def _then_reconcile(self) -> Outcome:
        self.stage.phase = "reconcile"
        return STEP

    def _compare(self) -> Difference:
        assert self.stage.walk_started_at is not None  # noqa: S101
        listed = self.seen.listed
        if self.stage.state.get("unconfirmed"):
            # They are left as they were.
            self._compute_diff()
            assert self.gone is not None  # noqa: S101
            listed = listed | self.gone
        return compare(self.account_id, listed, self.stage.walk_started_at)

    def _reconcile(self, found: Difference) -> Outcome:
        if not found.unexplained:
            return STAGE
        if self.stage.state.get("approved"):
            return self._believe_list(found)
        state = self.stage.state
        state |= {"known": found.here, "listed": len(self.seen.listed), "gone": len(found.extra)}
        state["sample"] = list(islice(found.unexplained, SAMPLE))
        facts = {"here": found.here, "newer": found.newer, "missing": len(found.missing)}
        return self._review("differs", **facts)

    def _believe_list(self, found: Difference) -> Outcome:
        """A person has said so: those whom nothing explains follow, or not, as the list has it."""
        assert self.stage.walk_started_at is not None  # noqa: S101
        left, returned = believe(self.account_id, found, self.stage.walk_started_at, self.run.pk)
        self.run.unsubscribed += left
        self.run.resubscribed += returned
        self.run.unchanged -= returned
        return STEP

    def _finish(self) -> None:
        self.stage.cursor = ""
        accounts = OfficialAccount.objects.filter(pk=self.account_id, baseline_at=None)
        accounts.update(baseline_at=db_now())
