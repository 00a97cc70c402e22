"""The stage `blacklist`: sync the followers' column `blacklisted` with WeChat's blacklist."""

from functools import partial

from ..models import SyncStage
from ..rows import followers
from ..rows.local_changes import BLOCKING_ACTIONS
from ..runs.stage import NEXT_STAGE, NextAction, Outcome, outcome_if_not_permitted
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .members import MemberDiff, MemberStorage, MemberSync
from .state import MembersState
from .walk import FetchedPage


class BlacklistStage(MemberSync):
    """Blocked openids that are not among the followers get a row of their own."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        account_id = stage.run.account_id
        storage = MemberStorage(
            load_ids=partial(followers.blacklisted_ids, account_id),
            load_total=partial(followers.blacklisted_checksum, account_id),
            add=partial(followers.set_blacklisted, value=True),
            remove=partial(followers.set_blacklisted, value=False),
            actions=BLOCKING_ACTIONS,
            creates_unknown=True,
        )
        super().__init__(stage, client, MembersState.load(stage), Client.blacklist, storage)

    def store(self, fetched: FetchedPage | MemberDiff) -> Outcome:
        outcome = super().store(fetched)
        self.stage.total = max(self.state.expected, self.stage.done)
        self.state.save(self.stage)
        if outcome is not None and outcome.next is NextAction.FAIL:
            return Outcome(NextAction.STAGE, f"kept_{outcome.reason}", outcome.params)
        return outcome or NEXT_STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        return outcome_if_not_permitted(error)
