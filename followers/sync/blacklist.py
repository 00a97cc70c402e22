"""The stage `blacklist`: who is blocked, whatever the page size; a column of the followers."""

from functools import partial

from ..models import SyncStage
from ..rows import followers
from ..rows.local_changes import BLOCKING_ACTIONS
from ..runs.stage import STAGE, Next, Outcome, without_permission
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .members import Members, Target, ToWrite
from .state import MembersState
from .walk import FetchedPage


class Blacklist(Members):
    """Who is blocked without being in the list of followers gets a row of their own."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        account_id = stage.run.account_id
        target = Target(
            stored=partial(followers.blacklisted_ids, account_id),
            total=partial(followers.blacklisted_checksum, account_id),
            add=partial(followers.set_blacklisted, value=True),
            remove=partial(followers.set_blacklisted, value=False),
            actions=BLOCKING_ACTIONS,
            create=True,
        )
        super().__init__(stage, client, MembersState.of(stage), Client.blacklist, target)

    def store(self, fetched: FetchedPage | ToWrite) -> Outcome:
        outcome = super().store(fetched)
        self.stage.total = max(self.state.expected, self.stage.done)
        self.state.save(self.stage)
        if outcome is not None and outcome.next is Next.FAIL:
            return Outcome(Next.STAGE, f"kept_{outcome.reason}", outcome.params)
        return outcome or STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        return without_permission(error)
