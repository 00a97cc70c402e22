"""The stage `blacklist`: who is blocked, whatever the page size."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pyroaring import BitMap64

from ..models import SyncStage
from ..rows import followers
from ..rows.followers import Total
from ..rows.local_changes import BLOCKING, changed_locally_since, record_external_change
from ..runs.stage import STAGE, Next, Outcome, without_permission
from ..wechat.client import Client
from ..wechat.errors import WeChatError
from .members import Members


class BlacklistRows:
    """Where the blacklist is stored: a column of the followers."""

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id

    def stored(self) -> BitMap64:
        return followers.blacklisted(self.account_id)

    def total(self) -> Total:
        return followers.blacklisted_total(self.account_id)

    def changed_locally_since(self, since: datetime) -> BitMap64:
        return changed_locally_since(self.account_id, BLOCKING, since)

    def add(self, ids: Iterable[int]) -> None:
        followers.set_blacklisted(ids, True)
        record_external_change(self.account_id, BLOCKING, ids)

    def remove(self, ids: Iterable[int]) -> None:
        followers.set_blacklisted(ids, False)
        record_external_change(self.account_id, BLOCKING, ids)


class Blacklist:
    """Who is blocked without being in the list of followers gets a row of their own."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage = stage
        target = BlacklistRows(stage.run.account_id)
        self.members = Members(
            stage, client, lambda client, cursor: client.blacklist(cursor), target
        )

    def close(self) -> None:
        self.members.close()

    def fetch(self, *, last: bool) -> Any:
        return self.members.fetch(last=last)

    def store(self, fetched: Any) -> Outcome:
        if not self.stage.walk_number:
            self.members.walk.begin(fetched.requested_at)
        outcome = self.members.store(fetched, create=True)
        self.stage.total = max(self.stage.state.get("expected", 0), self.stage.done)
        self.stage.save()
        if outcome is not None and outcome.next is Next.FAIL:
            return Outcome(Next.STAGE, f"kept_{outcome.reason}", outcome.params)
        return outcome or STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        return without_permission(error)
