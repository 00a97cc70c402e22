"""The last stage: profiles of followers who are new, came back, or were not asked about for long.

What does not fit into today's budget is left to the next sync: no run stays active for days.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, CharField
from pyroaring import BitMap64

from ..accounts import usage
from ..models import EPOCH, Follower, SyncRun, SyncStage
from ..rows import followers, profiles
from ..rows.backdating import backdate_followers
from ..rows.clock import db_now
from ..rows.local_changes import (
    REMARK_ACTIONS,
    changed_locally_since,
    has_local_changes,
    record_external_change,
)
from ..rows.locks import advisory_lock
from ..runs.stage import STAGE, STEP, Next, Outcome, without_permission
from ..wechat import paths
from ..wechat.client import Client
from ..wechat.error_table import MIDNIGHT
from ..wechat.errors import WeChatError
from ..wechat.profiles import Profile
from .profiles import Batches, ProfileBatch
from .state import DetailsState

BAD_SHOWN = 20
MAX_SCENE = BigIntegerField.MAX_BIGINT
# Columns of the database; what is longer is cut, because WeChat promises no lengths.
LENGTHS: dict[str, int] = {
    field.name: field.max_length
    for field in Follower._meta.fields
    if isinstance(field, CharField) and field.max_length
}


class Details:
    """The stage `details` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.state = DetailsState.of(stage)
        if not stage.phase and not self.run.stages.filter(name=SyncStage.Name.LISTING).exists():
            # As the listing does, where there is one.
            with transaction.atomic():
                backdate_followers(self.run.account_id, db_now())
        self.batches = Batches(client, self._todo())
        quota = usage.calls_today(self.run.account).quotas[paths.BATCHGET]
        self.calls_left = max(int(quota.limit * settings.DETAILS_QUOTA_SHARE) - quota.used, 0)
        if not stage.phase:
            stage.phase, stage.total = "ask", self.batches.left

    def close(self) -> None:
        self.batches.close()

    def _todo(self) -> BitMap64:
        """Who was answered is not found again, so a resumed stage needs to know no more."""
        stale = db_now() - timedelta(days=settings.DETAILS_MAX_AGE_DAYS)
        again = self.run.created_at if self.run.refresh_details else EPOCH
        todo = BitMap64()
        for ids in profiles.ids_needing_details(self.run.account_id, stale, again):
            todo.update(ids)
        return todo

    def fetch(self, *, last: bool) -> list[ProfileBatch]:
        calls = min(settings.DETAILS_CALLS_AT_ONCE, self.calls_left)
        if not calls:
            return []
        batches = self.batches.fetch(calls, last=last, most=self.calls_left)
        self.calls_left -= len(batches)
        return batches

    def store(self, fetched: list[ProfileBatch]) -> Outcome:
        for batch in fetched:
            self.run.unsubscribed += store_batch(self.run.account_id, batch, run_id=self.run.pk)
            self.state.bad = (self.state.bad + sorted(batch.bad))[:BAD_SHOWN]
        self.stage.done = max(self.stage.total - self.batches.left, 0)
        outcome = STEP if fetched and self.batches.left else self._end()
        self.state.save(self.stage)
        return outcome

    def _end(self) -> Outcome:
        self.run.outstanding = self.batches.left
        return STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Without permission, or when the day's calls are used up, the rest is left out."""
        if outcome := without_permission(error):
            return outcome
        if error.wait != MIDNIGHT:
            return None
        self._end()
        return Outcome(Next.STAGE, error.kind, error.params, error.code)


def store_batch(account_id: int, batch: ProfileBatch, run_id: int | None) -> int:
    """Write what was said about these people; returns how many of them have left.

    Whose remark we have changed meanwhile is left out, and asked about again by the next sync.
    """
    at = batch.requested_at
    advisory_lock(account_id)
    newer = changed_locally_since(account_id, REMARK_ACTIONS, at)
    said = {
        person.id: batch.profiles.get(person.openid)
        for person in batch.people
        if person.id not in newer
    }
    records = [_record(row_id, what) for row_id, what in said.items() if what and what.subscribed]
    left = [row_id for row_id, what in said.items() if what and not what.subscribed]
    unknown = [row_id for row_id, what in said.items() if what is None]
    if records:
        _remember_remarks(account_id, records)
        profiles.write_details(records, at)
    if unknown:
        profiles.mark_details_synced(unknown, at)
    return len(followers.mark_unsubscribed(left, at, run_id)) if left else 0


def _remember_remarks(account_id: int, records: list[dict[str, Any]]) -> None:
    """Whose remark WeChat's own console has changed since we changed some, for undo."""
    if not has_local_changes(account_id, REMARK_ACTIONS):
        return
    told = {it["id"]: it["remark"] for it in records if it["remark"] is not None}
    known = Follower.objects.filter(pk__in=told).values_list("pk", "remark")
    record_external_change(
        account_id, REMARK_ACTIONS, [pk for pk, text in known if text != told[pk]]
    )


def _record(row_id: int, said: Profile) -> dict[str, Any]:
    """For write_details. A blank is no knowledge, except that of a remark: it was cleared."""
    return {
        "id": row_id,
        "unionid": _cut("unionid", said.unionid),
        "remark": None if said.remark is None else said.remark[: LENGTHS["remark"]],
        "subscribe_time": said.subscribe_time,
        "scene": _cut("subscribe_scene", said.subscribe_scene),
        "qr_scene": said.qr_scene if (said.qr_scene or 0) <= MAX_SCENE else None,
        "qr_scene_str": _cut("qr_scene_str", said.qr_scene_str),
        "language": _cut("language", said.language),
        "legacy": said.legacy or None,
    }


def _cut(column: str, text: str | None) -> str | None:
    return text[: LENGTHS[column]] if text else None
