"""The steps of changes of tags: an API call, which an earlier try may have made already."""

from pyroaring import BitMap64

from ..models import EditChunk, EditStep
from ..rows.locks import advisory_lock
from ..runs.stage import NEXT_STAGE, NEXT_STEP, Outcome, Stage
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NO_SUCH_TAG, TAG_REFUSED
from ..wechat.errors import WeChatError
from .change import ChangeKind
from .created_tags import keep_reason
from .steps import StepResponse, StepStage


class TagKind(ChangeKind):
    """A kind of change of a tag itself."""

    subject = "tag"
    permission = "manage_tags"
    is_tag_change = True

    def open(self, step: EditStep, client: Client) -> Stage:
        return TagStage(self, step, client)

    def send(self, client: Client, step: EditStep) -> StepResponse:
        """Make the call. Raises WeChatError."""
        raise NotImplementedError

    def earlier_response(
        self,
        error: WeChatError,
        step: EditStep,
        current: TagInfo | None,
        same_name: TagInfo | None,
    ) -> StepResponse | None:
        """The response of an earlier try whose answer was lost; None if there was none.

        current: WeChat's present tag of this step. same_name: its present tag of the step's name.
        """
        raise NotImplementedError

    def apply(self, step: EditStep, response: StepResponse) -> str:
        """Update our rows; returns the EditChunk.reason of success, mostly ""."""
        raise NotImplementedError


class TagStage(StepStage):
    """A step of a tag."""

    def __init__(self, kind: TagKind, step: EditStep, client: Client) -> None:
        super().__init__(step, client)
        self.kind = kind

    def fetch(self, *, is_last_step: bool) -> StepResponse:
        """Make the call. A refusal that concerns the tag is returned, not raised."""
        try:
            return self.kind.send(self.client, self.step)
        except WeChatError as error:
            return self._resolve_error(error)

    def _resolve_error(self, error: WeChatError) -> StepResponse:
        """Read the tag's present state: an earlier try may have lost its answer or its worker."""
        if error.code not in TAG_REFUSED | {NO_SUCH_TAG}:
            raise error
        infos = self.client.tags_get()
        current = next((info for info in infos if self.tag and info.id == self.tag.wechat_id), None)
        same_name = next((info for info in infos if info.name == self.step.name), None)
        if response := self.kind.earlier_response(error, self.step, current, same_name):
            return response
        if error.code == NO_SUCH_TAG and current:
            raise error
        return StepResponse(error=error)

    def store(self, fetched: StepResponse) -> Outcome:
        advisory_lock(self.run.account_id)
        if fetched.error is not None:
            self.record_failure(fetched.error)
        else:
            reason = self.kind.apply(self.step, fetched)
            self.record_outcome(EditChunk.Outcome.DONE, BitMap64(), reason=reason)
        return NEXT_STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        """All errors are those of the run."""
        return None


class CreatedTagStage(TagStage):
    """Undo the creation of a tag: delete it only if nobody uses it when the step starts.

    `place` becomes 1 before the call. A tag that is gone after that was deleted by an earlier try;
    one that is gone before, by somebody else.
    """

    def fetch(self, *, is_last_step: bool) -> StepResponse:
        reason = self._keep_reason()
        if reason == "tag_gone" and self.step.place:
            return StepResponse()
        if reason or not self.step.place:
            return StepResponse(skip_reason=reason)
        return super().fetch(is_last_step=is_last_step)

    def _keep_reason(self) -> str:
        """By what is stored here, then by WeChat's present answer."""
        created = self.step.undoes
        if self.tag is None or created is None:
            return "tag_gone"
        if reason := keep_reason(created):
            return reason
        wechat_id = self.tag.wechat_id
        current = next((info for info in self.client.tags_get() if info.id == wechat_id), None)
        if current is None:
            return "tag_gone"
        if current.name != created.name:
            return "tag_renamed"
        return "tag_in_use" if current.count else ""

    def store(self, fetched: StepResponse) -> Outcome:
        advisory_lock(self.run.account_id)
        if fetched.skip_reason:
            self.record_outcome(EditChunk.Outcome.SKIPPED, BitMap64(), reason=fetched.skip_reason)
            return NEXT_STAGE
        if not self.step.place:
            self.step.place = 1
            self.step.save(update_fields=["place"])
            return NEXT_STEP
        return super().store(fetched)
