"""Create, rename or delete a tag: one call to WeChat, which a try before may have made already."""

from pyroaring import BitMap64

from ..models import EditChunk, Tag
from ..rows.locks import advisory_lock
from ..runs.stage import STAGE, STEP, Outcome
from ..wechat.errcodes import NAME_TAKEN, NO_SUCH_TAG, TAG_REFUSED
from ..wechat.errors import WeChatError
from .change import Action
from .created import CREATED, EXISTED, why_kept
from .stepping import StepResponse, StepStage


class TagStage(StepStage):
    """A step that concerns a tag itself."""

    def fetch(self, *, last: bool) -> StepResponse:
        """Make the call; what cannot be done to the tag is an answer, too."""
        step = self.step
        try:
            if step.action == Action.CREATE_TAG:
                return StepResponse(tag=self.client.create_tag(step.name))
            if self.tag is None:
                return StepResponse()
            if step.action == Action.RENAME_TAG:
                self.client.rename_tag(self.tag.wechat_id, step.name)
            else:
                self.client.delete_tag(self.tag.wechat_id)
        except WeChatError as error:
            return self._look_again(error)
        return StepResponse()

    def _look_again(self, error: WeChatError) -> StepResponse:
        """The answer of a try before was lost, or a worker was: what is the tag like now?"""
        if error.code not in TAG_REFUSED | {NO_SUCH_TAG}:
            raise error
        infos = self.client.tags_get()
        own = next((info for info in infos if self.tag and info.id == self.tag.wechat_id), None)
        named = next((info for info in infos if info.name == self.step.name), None)
        match self.step.action:
            case Action.CREATE_TAG if error.code == NAME_TAKEN and named:
                return StepResponse(tag=named, existed=True)
            case Action.RENAME_TAG if own and own is named:
                return StepResponse()
            case Action.DELETE_TAG if own is None:
                return StepResponse()
        if error.code == NO_SUCH_TAG and own:
            raise error
        return StepResponse(error=error)

    def store(self, fetched: StepResponse) -> Outcome:
        advisory_lock(self.run.account_id)
        if fetched.error is not None:
            self.fail(fetched.error)
        else:
            self._store(fetched)
        return STAGE

    def _store(self, fetched: StepResponse) -> None:
        step, how = self.step, ""
        if fetched.tag is not None:
            how = EXISTED if fetched.existed else CREATED
            step.tag, _created = Tag.objects.update_or_create(
                account_id=self.run.account_id,
                wechat_id=fetched.tag.id,
                defaults={"name": fetched.tag.name},
            )
            step.save(update_fields=["tag"])
        elif step.tag is None:
            pass
        elif step.action == Action.RENAME_TAG:
            Tag.objects.filter(pk=step.tag.pk).update(name=step.name)
        else:
            tag, step.tag = step.tag, None
            step.save(update_fields=["tag"])
            tag.delete()
        self.settle(EditChunk.Outcome.DONE, BitMap64(), reason=how)

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Trouble is the run's own."""
        return None


class CreatedTagStage(TagStage):
    """Delete a tag because its creation is undone: only if nobody uses it when its turn comes.

    `place` becomes 1 before the call that deletes it. A tag that is gone by then was deleted by a
    try before; one that was gone already, by somebody else.
    """

    def fetch(self, *, last: bool) -> StepResponse:
        reason = self._why_kept()
        if reason == "tag_gone" and self.step.place:
            return StepResponse()
        if reason or not self.step.place:
            return StepResponse(skip=reason)
        return super().fetch(last=last)

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
            return STAGE
        if not self.step.place:
            self.step.place = 1
            self.step.save(update_fields=["place"])
            return STEP
        return super().store(fetched)
