"""The stage `listing`: read the follower list to its end, then mark those who were not in it.

The pages have no documented order, and followers come and go between them; docs/architecture.md
explains the rules. Phases: read, then those of complete_list.py.
"""

from datetime import datetime

from pyroaring import BitMap64

from ..history.backdating import backdate_followers
from ..history.recount import complete_list
from ..history.sets import add_followers, mark_resubscribed
from ..models import SyncRun, SyncStage
from ..rows import followers
from ..rows.clock import db_now
from ..runs.stage import NEXT_STEP, NextAction, Outcome
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .complete_list import CompleteList, WriteStep
from .state import ListingState
from .walk import FetchedPage, Restart, SeenFollowers, StoredPage, Walk, record_page

# A list that ends this far short of WeChat's own count (and 1 %) is walked again once.
MAX_SHORTFALL = 100


class ListingStage:
    """The stage `listing` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.account_id = self.run.account_id
        self.state = ListingState.load(stage)
        self.walk = Walk(stage, client, Client.user_get, self.state)
        self.seen = SeenFollowers.load(stage)
        self.complete = self._complete_list()
        self.page_was_new = False

    def close(self) -> None:
        self.walk.close()
        self.complete.close()

    def fetch(self, *, is_last_step: bool) -> FetchedPage | WriteStep:
        if self.stage.phase in ("", "read"):
            return self.walk.fetch(is_last_step=is_last_step)
        return self.complete.fetch(is_last_step=is_last_step)

    def store(self, fetched: FetchedPage | WriteStep) -> Outcome:
        result: Outcome | Restart
        if self.walk.began_in_future:
            self.state.approved = False
            result = Restart("clock")
        elif isinstance(fetched, FetchedPage):
            result = self._handle_page(fetched)
        else:
            result = fetched()
        if isinstance(result, Restart):
            self._begin(db_now())
            result = NEXT_STEP
        elif result.next is NextAction.STAGE:
            self.stage.cursor = ""
            complete_list(
                self.account_id, self.walk.started_at, is_whole=not self.state.unconfirmed
            )
        self.state.save(self.stage)
        return result

    def on_error(self, error: WeChatError) -> Outcome | None:
        if outcome := self.complete.on_error(error):
            self.state.save(self.stage)
        return outcome

    def _begin(self, started_at: datetime) -> None:
        """Read the list from its start, and discard what an earlier walk has listed."""
        self.walk.begin(started_at)
        backdate_followers(self.account_id, started_at)
        self.state.begin_walk()
        self.seen.listed = BitMap64()
        self.page_was_new = False
        self.complete.close()
        self.complete = self._complete_list()

    def _complete_list(self) -> CompleteList:
        return CompleteList(self.stage, self.client, self.state, self.seen, self.walk.started_at)

    def _handle_page(self, fetched: FetchedPage) -> Outcome | Restart:
        if not self.stage.walk_number:
            self._begin(fetched.requested_at)
        stored = self._store_page(fetched) if fetched.page.openids else None
        self._count(fetched.page.total, pages=1 if stored else 0)
        result = self.walk.advance(fetched, stored) or self.walk.check_end(
            len(self.seen.listed), self.run.total, MAX_SHORTFALL
        )
        if result is None:
            self.stage.phase = "decide"
            self.state.read_until = fetched.requested_at.timestamp()
        return result or NEXT_STEP

    def _store_page(self, fetched: FetchedPage) -> StoredPage:
        at, openids = fetched.requested_at, set(fetched.page.openids)
        # After a page of nobody but new people, as all are of a first sync, the next is inserted
        # without asking who is known: that takes a fifth of the time. One wrong guess costs as many
        # values of the id sequence as the page has people.
        new = BitMap64(add_followers(self.account_id, openids, at) if self.page_was_new else ())
        known, left = BitMap64(), list[int]()
        if len(new) < len(openids):
            new, known, left = self._with_known(openids, new, at)
        self.page_was_new = len(new) == len(openids)
        returned = BitMap64(mark_resubscribed(self.account_id, left, at) if left else ())
        unchanged = known - returned
        before = len(self.seen.listed)
        self.seen.add(new, returned, unchanged)
        stored = StoredPage(new, returned, unchanged, len(self.seen.listed) - before)
        record_page(self.stage, fetched, self.run.pages + 1, stored)
        return stored

    def _with_known(
        self, openids: set[str], new: BitMap64, at: datetime
    ) -> tuple[BitMap64, BitMap64, list[int]]:
        """Add those whom nobody knows; row ids of all who are new, who were known, who had left."""
        found = followers.look_up(self.account_id, openids)
        unknown = found.unknown_openids
        added = BitMap64(add_followers(self.account_id, unknown, at) if unknown else ())
        known, left = found.ids - new, found.unsubscribed_ids
        if len(added) < len(unknown):
            # Another process, perhaps an event, has added them since.
            late = followers.look_up(self.account_id, unknown)
            known, left = known | (late.ids - added), left + late.unsubscribed_ids
        return new | added, known, left

    def _count(self, total: int | None, pages: int) -> None:
        run, seen = self.run, self.seen
        run.total = run.total if total is None else total
        run.pages += pages
        run.fetched, run.added = len(seen.all_rows), len(seen.new)
        run.resubscribed = len(seen.returned - seen.new)
        run.unchanged = run.fetched - len(seen.changed)
        self.stage.done, self.stage.total = len(seen.listed), run.total
