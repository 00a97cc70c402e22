"""The stage `details`: fetch the profiles of followers who are new, came back, or are stale.

What exceeds today's quota is left to the next sync, so that no run stays active for days.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, CharField
from pyroaring import BitMap64

from ..accounts import usage
from ..history.backdating import backdate_followers
from ..history.observations import Absent
from ..history.profiles import add_profiles
from ..history.sets import mark_absent
from ..models import EPOCH, Follower, SyncRun, SyncStage
from ..rows import profiles
from ..rows.clock import db_now
from ..rows.local_changes import (
    REMARK_ACTIONS,
    changed_locally_since,
    has_local_changes,
    record_external_change,
)
from ..rows.locks import advisory_lock
from ..runs.stage import NEXT_STAGE, NEXT_STEP, NextAction, Outcome, outcome_if_not_permitted
from ..wechat import paths
from ..wechat.client import Client
from ..wechat.error_table import MIDNIGHT
from ..wechat.errors import WeChatError
from ..wechat.profiles import Profile
from .profile_batches import ProfileBatch, ProfileBatches
from .state import DetailsState

MAX_BAD_OPENIDS = 20
MAX_SCENE = BigIntegerField.MAX_BIGINT
# Longer texts are truncated, because WeChat guarantees no lengths.
LENGTHS: dict[str, int] = {
    field.name: field.max_length
    for field in Follower._meta.fields
    if isinstance(field, CharField) and field.max_length
}


class DetailsStage:
    """The stage `details` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.run: SyncRun = stage.run
        self.state = DetailsState.load(stage)
        if not stage.phase and not self.run.stages.filter(name=SyncStage.Name.LISTING).exists():
            # The listing does this in runs that have one.
            with transaction.atomic():
                backdate_followers(self.run.account_id, db_now())
        self.batches = ProfileBatches(client, self._ids_to_fetch())
        quota = usage.calls_today(self.run.account).quotas[paths.BATCHGET]
        self.calls_left = max(int(quota.limit * settings.DETAILS_QUOTA_SHARE) - quota.used, 0)
        if not stage.phase:
            stage.phase, stage.total = "ask", self.batches.remaining

    def close(self) -> None:
        self.batches.close()

    def _ids_to_fetch(self) -> BitMap64:
        """A resumed stage finds only the followers that are still to be fetched."""
        refresh_since = self.run.created_at if self.run.refresh_details else EPOCH
        todo = BitMap64()
        for ids in profiles.ids_needing_details(self.run.account_id, refresh_since):
            todo.update(ids)
        return todo

    def fetch(self, *, is_last_step: bool) -> list[ProfileBatch]:
        calls = min(settings.DETAILS_CALLS_AT_ONCE, self.calls_left)
        if not calls or self._hours_are_over():
            return []
        batches = self.batches.fetch(calls, is_last_step=is_last_step, max_calls=self.calls_left)
        self.calls_left -= len(batches)
        return batches

    def store(self, fetched: list[ProfileBatch]) -> Outcome:
        for batch in fetched:
            self.run.unsubscribed += store_batch(self.run.account_id, batch)
            self.state.bad = (self.state.bad + sorted(batch.bad))[:MAX_BAD_OPENIDS]
        self.stage.done = max(self.stage.total - self.batches.remaining, 0)
        outcome = NEXT_STEP if fetched and self.batches.remaining else self._end()
        self.state.save(self.stage)
        return outcome

    def _hours_are_over(self) -> bool:
        """Of a scheduled sync that may read details for some hours only."""
        until = self.run.details_until
        return until is not None and db_now() >= until

    def _end(self) -> Outcome:
        self.run.outstanding = self.batches.remaining
        if self.run.outstanding and self._hours_are_over():
            return Outcome(NextAction.STAGE, "hours_over")
        return NEXT_STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Skip the rest without permission, or when the day's quota is used up."""
        if outcome := outcome_if_not_permitted(error):
            return outcome
        if error.wait != MIDNIGHT:
            return None
        self._end()
        return Outcome(NextAction.STAGE, error.kind, error.params, error.code)


def store_batch(account_id: int, batch: ProfileBatch) -> int:
    """Write a batch of profiles; returns how many of its followers have left.

    Followers whose remark was changed here meanwhile are skipped; the next sync fetches them.
    """
    at = batch.requested_at
    advisory_lock(account_id)
    newer = changed_locally_since(account_id, REMARK_ACTIONS, at)
    found = {
        follower.id: batch.profiles.get(follower.openid)
        for follower in batch.requested
        if follower.id not in newer
    }
    rows = [_details_row(pk, it) for pk, it in found.items() if it and it.subscribed]
    left = [pk for pk, profile in found.items() if profile and not profile.subscribed]
    unknown = [pk for pk, profile in found.items() if profile is None]
    if rows:
        _record_external_remarks(account_id, rows)
        add_profiles(account_id, rows, at)
        profiles.write_details(rows, at)
    if unknown:
        profiles.mark_details_synced(unknown, at)
    absence = Absent(at, at, confirmed=True)
    return len(mark_absent(account_id, left, absence)) if left else 0


def _record_external_remarks(account_id: int, rows: list[dict[str, Any]]) -> None:
    """Record for undo which remarks were changed in WeChat's own console."""
    if not has_local_changes(account_id, REMARK_ACTIONS):
        return
    remarks = {row["id"]: row["remark"] for row in rows if row["remark"] is not None}
    stored = Follower.objects.filter(pk__in=remarks).values_list("pk", "remark")
    changed = [pk for pk, remark in stored if remark != remarks[pk]]
    record_external_change(account_id, REMARK_ACTIONS, changed)


def _details_row(row_id: int, profile: Profile) -> dict[str, Any]:
    """A row for write_details: blanks become None, except a blank remark, which was cleared."""
    return {
        "id": row_id,
        "unionid": _truncate("unionid", profile.unionid),
        "remark": None if profile.remark is None else profile.remark[: LENGTHS["remark"]],
        "subscribe_time": profile.subscribe_time,
        "scene": _truncate("subscribe_scene", profile.subscribe_scene),
        "qr_scene": profile.qr_scene if (profile.qr_scene or 0) <= MAX_SCENE else None,
        "qr_scene_str": _truncate("qr_scene_str", profile.qr_scene_str),
        "language": _truncate("language", profile.language),
        "legacy": profile.legacy or None,
    }


def _truncate(column: str, text: str | None) -> str | None:
    return text[: LENGTHS[column]] if text else None
