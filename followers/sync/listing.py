"""The first stage: read the follower list to its end, then mark those who were not in it.

The list is a snapshot in pieces, in no documented order, while people follow and leave; the rules
are explained in docs/architecture.md. Phases: read, then those of complete.py.
"""

from datetime import datetime

from pyroaring import BitMap64

from ..models import OfficialAccount, SyncRun, SyncStage
from ..rows import followers
from ..rows.backdating import backdate_followers
from ..rows.clock import db_now
from ..runs.stage import STEP, Next, Outcome
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .complete import CompleteList, Work
from .state import ListingState
from .walk import FetchedPage, Restart, Seen, Stored, Walk, log_page

# An end this far short of WeChat's own count (and 1 %) is walked again before it is believed.
SHORT_COUNT = 100


class Listing:
    """The stage `listing` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.state = ListingState.of(stage)
        self.walk = Walk(stage, client, Client.user_get, self.state)
        self.seen = Seen.of(stage)
        self.complete = self._complete_list()

    def close(self) -> None:
        self.walk.close()
        self.complete.close()

    def fetch(self, *, last: bool) -> FetchedPage | Work:
        if self.stage.phase in ("", "read"):
            return self.walk.fetch(last=last)
        return self.complete.fetch(last=last)

    def store(self, fetched: FetchedPage | Work) -> Outcome:
        result: Outcome | Restart
        if self.walk.is_ahead:
            self.state.approved = False
            result = Restart("clock")
        elif isinstance(fetched, FetchedPage):
            result = self._take(fetched)
        else:
            result = fetched()
        if isinstance(result, Restart):
            self._begin(db_now())
            result = STEP
        elif result.next is Next.STAGE:
            self.stage.cursor = ""
            first = OfficialAccount.objects.filter(pk=self.account_id, baseline_at=None)
            first.update(baseline_at=db_now())
        self.state.save(self.stage)
        return result

    def on_error(self, error: WeChatError) -> Outcome | None:
        if outcome := self.complete.on_error(error):
            self.state.save(self.stage)
        return outcome

    def _begin(self, started_at: datetime) -> None:
        """Read the list from its top, with what an earlier walk has listed forgotten."""
        self.walk.begin(started_at)
        backdate_followers(self.account_id, started_at)
        self.state.begin_walk()
        self.seen.listed = BitMap64()
        self.complete.close()
        self.complete = self._complete_list()

    def _complete_list(self) -> CompleteList:
        return CompleteList(self.stage, self.client, self.state, self.seen, self.walk.started_at)

    def _take(self, answer: FetchedPage) -> Outcome | Restart:
        if not self.stage.walk_number:
            self._begin(answer.requested_at)
        stored = self._store_page(answer) if answer.page.openids else None
        self._count(answer.page.total, pages=1 if stored else 0)
        result = self.walk.move_on(answer, stored) or self.walk.check_end(
            len(self.seen.listed), self.run.total, SHORT_COUNT
        )
        if result is None:
            self.stage.phase = "decide"
        return result or STEP

    def _store_page(self, answer: FetchedPage) -> Stored:
        at = answer.requested_at
        found = followers.look_up(self.account_id, set(answer.page.openids))
        unknown = found.unknown_openids
        new = BitMap64(followers.insert(self.account_id, unknown, at) if unknown else ())
        known, left = found.ids, found.unsubscribed_ids
        if len(new) < len(unknown):
            # Somebody else, an event perhaps, has added them since.
            late = followers.look_up(self.account_id, unknown)
            known, left = known | (late.ids - new), left + late.unsubscribed_ids
        returned = BitMap64(followers.mark_resubscribed(left, at, self.run.pk) if left else ())
        unchanged = known - returned
        before = len(self.seen.listed)
        self.seen.add(new, returned, unchanged)
        stored = Stored(new, returned, unchanged, len(self.seen.listed) - before)
        log_page(self.stage, answer, self.run.pages + 1, stored)
        return stored

    def _count(self, total: int | None, pages: int) -> None:
        run, seen = self.run, self.seen
        run.total = run.total if total is None else total
        run.pages += pages
        run.fetched, run.added = len(seen.every), len(seen.new)
        run.resubscribed = len(seen.returned - seen.new)
        run.unchanged = run.fetched - len(seen.changed)
        self.stage.done, self.stage.total = len(seen.listed), run.total
