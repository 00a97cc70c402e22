"""Steps that concern a tag itself: a call to WeChat, which a try before may have made already."""

from pyroaring import BitMap64

from ..models import EditChunk, EditStep
from ..rows.locks import advisory_lock
from ..runs.stage import NEXT_STAGE, NEXT_STEP, Outcome, Stage
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NO_SUCH_TAG, TAG_REFUSED
from ..wechat.errors import WeChatError
from .change import ChangeKind
from .created import why_kept
from .steps import StepResponse, StepStage


class TagKind(ChangeKind):
    """A kind of change of a tag itself. `wechat_id`: WeChat's id of the step's tag."""

    subject = "tag"
    permission = "manage_tags"
    is_of_tag = True

    def open(self, step: EditStep, client: Client) -> Stage:
        return TagStage(self, step, client)

    def send(self, client: Client, step: EditStep) -> StepResponse:
        """Make the call. Raises WeChatError."""
        raise NotImplementedError

    def was_done(
        self,
        error: WeChatError,
        step: EditStep,
        own: TagInfo | None,
        of_its_name: TagInfo | None,
    ) -> StepResponse | None:
        """What a try before has done already, whose answer was lost; None: nothing.

        own: WeChat's tag of this step, of_its_name: that which has the name that is wanted.
        """
        raise NotImplementedError

    def apply(self, step: EditStep, response: StepResponse) -> str:
        """Our rows follow; returns how it was done (EditChunk.reason), "" where that is plain."""
        raise NotImplementedError


class TagStage(StepStage):
    """A step that concerns a tag itself."""

    def __init__(self, kind: TagKind, step: EditStep, client: Client) -> None:
        super().__init__(step, client)
        self.kind = kind

    def fetch(self, *, is_last_step: bool) -> StepResponse:
        """Make the call; what cannot be done to the tag is an answer, too."""
        try:
            return self.kind.send(self.client, self.step)
        except WeChatError as error:
            return self._look_again(error)

    def _look_again(self, error: WeChatError) -> StepResponse:
        """The answer of a try before was lost, or a worker was: what is the tag like now?"""
        if error.code not in TAG_REFUSED | {NO_SUCH_TAG}:
            raise error
        infos = self.client.tags_get()
        own = next((info for info in infos if self.tag and info.id == self.tag.wechat_id), None)
        of_its_name = next((info for info in infos if info.name == self.step.name), None)
        if response := self.kind.was_done(error, self.step, own, of_its_name):
            return response
        if error.code == NO_SUCH_TAG and own:
            raise error
        return StepResponse(error=error)

    def store(self, fetched: StepResponse) -> Outcome:
        advisory_lock(self.run.account_id)
        if fetched.error is not None:
            self.fail(fetched.error)
        else:
            how = self.kind.apply(self.step, fetched)
            self.settle(EditChunk.Outcome.DONE, BitMap64(), reason=how)
        return NEXT_STAGE

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Trouble is the run's own."""
        return None


class CreatedTagStage(TagStage):
    """Delete a tag because its creation is undone: only if nobody uses it when its turn comes.

    `place` becomes 1 before the call that deletes it. A tag that is gone by then was deleted by a
    try before; one that was gone already, by somebody else.
    """

    def fetch(self, *, is_last_step: bool) -> StepResponse:
        reason = self._why_kept()
        if reason == "tag_gone" and self.step.place:
            return StepResponse()
        if reason or not self.step.place:
            return StepResponse(skip=reason)
        return super().fetch(is_last_step=is_last_step)

    def _why_kept(self) -> str:
        """By what is known here, then by what WeChat itself says at this moment."""
        created = self.step.undoes
        if self.tag is None or created is None:
            return "tag_gone"
        if reason := why_kept(created):
            return reason
        wechat_id = self.tag.wechat_id
        own = next((info for info in self.client.tags_get() if info.id == wechat_id), None)
        if own is None:
            return "tag_gone"
        if own.name != created.name:
            return "tag_renamed"
        return "tag_in_use" if own.count else ""

    def store(self, fetched: StepResponse) -> Outcome:
        advisory_lock(self.run.account_id)
        if fetched.skip:
            self.settle(EditChunk.Outcome.SKIPPED, BitMap64(), reason=fetched.skip)
            return NEXT_STAGE
        if not self.step.place:
            self.step.place = 1
            self.step.save(update_fields=["place"])
            return NEXT_STEP
        return super().store(fetched)
