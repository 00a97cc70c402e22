"""The steps of changes of followers: call WeChat, then update our rows.

The row ids of the next call are stored before it (EditStep.sending). So a worker that is killed
between WeChat's answer and the commit repeats exactly that call, and a sync knows meanwhile that
what it has read about these followers may be older.
"""

from collections.abc import Mapping
from itertools import chain

from pyroaring import BitMap64

from ..models import EditChunk, EditStep, Tag
from ..rows import followers
from ..rows.bitmaps import unpack
from ..rows.locks import advisory_lock
from ..runs.stage import NEXT_STAGE, NEXT_STEP, NextAction, Outcome, Stage
from ..wechat.client import Client
from ..wechat.errcodes import FOLLOWER_REFUSED, NO_SUCH_TAG
from ..wechat.errors import WeChatError
from .change import Action, Change, ChangeKind, kind_of
from .eligibility import IdsByReason, find_ineligible
from .steps import StepResponse, StepStage

Result = EditChunk.Outcome
# A run fails if WeChat refuses this many followers, from the first one on.
ALL_REFUSED_COUNT = 100
# The most followers that one step checks to find some who need the change.
MAX_CHECKED_PER_STEP = 5_000


class FollowerKind(ChangeKind):
    """A kind of change of followers."""

    def open(self, step: EditStep, client: Client) -> Stage:
        return FollowerStage(self, step, client)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        """Make the call for at most `followers_per_step` followers. Raises WeChatError."""

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        """Update our rows after WeChat has accepted the change."""
        raise NotImplementedError

    def concerns_one_follower(self, error: WeChatError) -> bool:
        """Whether an error concerns one follower, not the others in the same call."""
        return error.code in FOLLOWER_REFUSED


class FollowerStage(StepStage):
    """A step of followers: each engine step sends as many as one call takes."""

    def __init__(self, kind: FollowerKind, step: EditStep, client: Client) -> None:
        super().__init__(step, client)
        self.kind = kind
        self.remaining = self._load_remaining()
        # An undo may start long after it was requested; followers changed meanwhile are skipped.
        undone = step.undoes
        self.unchanged_ids = (
            kind_of(undone.action).unchanged_ids([undone])[undone.pk] if undone else None
        )
        # An undo is only for the original tag, not for another one of the same name.
        if step.tag is None and kind.subject == "tag" and not step.undoes_id:
            # An earlier step may have created it.
            tags = Tag.objects.filter(account=self.run.account_id, name=step.name)
            step.tag = tags.order_by("-pk").first()
        self.change = Change.from_step(step)

    def _load_remaining(self) -> BitMap64:
        """The row ids that neither have an outcome nor are in `sending`."""
        remaining = unpack(self.step.targets)
        remaining.remove_range(0, self.step.place + 1)
        # Some may have been skipped when the run was recorded.
        later = self.step.chunks.filter(last_row__gt=self.step.place)
        for stored in later.values_list("rows", flat=True):
            remaining -= unpack(stored)
        return remaining

    @property
    def _is_tag_missing(self) -> bool:
        """The tag was deleted meanwhile, or an earlier step could not create it."""
        return self.tag is None and self.kind.subject == "tag"

    # --- sending ----------------------------------------------------------------------------------

    def fetch(self, *, is_last_step: bool) -> StepResponse | None:
        """Make the call for the first batch of `sending`. None if there is nothing to send yet."""
        if not self.step.sending or self._is_tag_missing:
            return None
        known = followers.get_keys(self.step.sending[0])
        openids_by_id = {follower.id: follower.openid for follower in known}
        if not openids_by_id:
            return StepResponse()
        try:
            self.kind.send(self.client, self.step, openids_by_id)
        except WeChatError as error:
            if error.code != NO_SUCH_TAG or self.tag is None or self._exists_at_wechat(self.tag):
                raise
            return StepResponse(is_tag_gone=True)
        return StepResponse()

    def _exists_at_wechat(self, tag: Tag) -> bool:
        """45159 may also mean that WeChat is busy with another change of tags."""
        return tag.wechat_id in {info.id for info in self.client.tags_get()}

    # --- storing ----------------------------------------------------------------------------------

    def store(self, fetched: StepResponse | None) -> Outcome:
        advisory_lock(self.run.account_id)
        if self._is_tag_missing or (fetched is not None and fetched.is_tag_gone):
            self._end_without_tag()
            return NEXT_STAGE
        if fetched is not None:
            batch = BitMap64(self.step.sending.pop(0))
            self.kind.apply(self.step, batch)
            self.record_outcome(Result.DONE, batch)
        return self._next_outcome()

    def _next_outcome(self) -> Outcome:
        has_more = bool(self.step.sending) or self._prepare_next_call()
        self.step.save(update_fields=["tag", "place", "sending"])
        return NEXT_STEP if has_more else NEXT_STAGE

    def _prepare_next_call(self) -> bool:
        """Set `sending`, and skip ineligible followers. False if no followers remain."""
        ready, skipped, last = self._select_next()
        if not last:
            return False
        self.step.place = last
        for reason, ids in skipped.items():
            self.record_outcome(Result.SKIPPED, ids, reason=reason)
        if ready and self.kind.path:
            self.step.sending = [ready]
        elif ready:
            self.kind.apply(self.step, BitMap64(ready))
            self.record_outcome(Result.DONE, BitMap64(ready))
        return True

    def _select_next(self) -> tuple[list[int], IdsByReason, int]:
        """The row ids to send, those to skip before them, and the last row id of both."""
        size = number = self.kind.followers_per_step
        ready: list[int] = []
        skipped: IdsByReason = {}
        last = checked = 0
        while len(ready) < size and checked < MAX_CHECKED_PER_STEP:
            ids = self.remaining[:number]
            if not ids:
                break
            ineligible = self._find_ineligible(ids)
            eligible = ids - BitMap64().union(*ineligible.values())
            ready += eligible[: size - len(ready)]
            last = ready[-1] if len(ready) == size else ids.max()
            for reason, rows in ineligible.items():
                # Those after the last one are checked again by the next step.
                rows.remove_range(last + 1, ids.max() + 1)
                if rows:
                    skipped[reason] = skipped.get(reason, BitMap64()) | rows
            self.remaining.remove_range(0, last + 1)
            checked, number = checked + len(ids), min(number * 2, MAX_CHECKED_PER_STEP)
        return ready, skipped, last

    def _find_ineligible(self, ids: BitMap64) -> IdsByReason:
        step_id = self.step.pk if self.kind.subject == "text" else None
        unchanged = ids if self.unchanged_ids is None else ids & self.unchanged_ids
        found = find_ineligible(self.run.account_id, self.change, unchanged, step_id=step_id)
        if changed := ids - unchanged:
            found["changed_since"] = changed
        return found

    def _stop_sending(self) -> BitMap64:
        """Clear `sending`; returns the row ids that have no outcome yet."""
        unsent = self.remaining | BitMap64(chain(*self.step.sending))
        self.step.sending = []
        self.step.save(update_fields=["sending"])
        return unsent

    def _end_without_tag(self) -> None:
        """A deleted tag cannot be added, and nobody has it any more."""
        unsent = self._stop_sending()
        if not unsent:
            return
        if self.step.action == Action.UNTAG and self.step.undoes_id:
            self.record_outcome(Result.SKIPPED, unsent, reason="tag_gone")
        else:
            reason = {"reason": "no_such_tag", "error_code": NO_SUCH_TAG}
            self.record_outcome(Result.FAILED, unsent, **reason)

    # --- errors -----------------------------------------------------------------------------------

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Halve the batch to find the follower that an error concerns, and fail only that one."""
        if not self.step.sending or not self.kind.concerns_one_follower(error):
            return None
        advisory_lock(self.run.account_id)
        batch = self.step.sending.pop(0)
        if len(batch) == 1:
            self.record_failure(error, batch)
            if self._is_all_refused():
                self._stop_sending()
                return Outcome(NextAction.FAIL, "all_refused", {"number": ALL_REFUSED_COUNT})
        else:
            half = len(batch) // 2
            self.step.sending[:0] = [batch[:half], batch[half:]]
        return self._next_outcome()

    def _is_all_refused(self) -> bool:
        """If none of the first followers was changed, the errors are not those of single ones."""
        outcomes = self.step.chunks.exclude(outcome=Result.SKIPPED).values_list(
            "outcome", flat=True
        )
        latest = list(outcomes.order_by("number")[:ALL_REFUSED_COUNT])
        return len(latest) == ALL_REFUSED_COUNT and set(latest) == {Result.FAILED}
