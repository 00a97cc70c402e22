"""The stage `tags`: the tags of the account, and who has them.

Each tag's followers come from its own list, so a million followers with thirty tags of a tenth each
cost about 330 calls. A tag whose list cannot be believed is left as it was; the stage says so and
the next tag follows.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..models import SyncStage, Tag
from ..rows import followers
from ..rows.clock import db_now
from ..rows.local_changes import TAGGING_ACTIONS, tags_changed_locally_since
from ..rows.locks import advisory_lock
from ..runs.stage import STAGE, STEP, Next, Outcome, without_permission
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NO_SUCH_TAG
from ..wechat.errors import WeChatError
from .members import Members, Target, ToWrite
from .state import TagsState, TagToRead
from .walk import FetchedPage

NAME_LENGTH = 100


def stored_tag(tag_id: int) -> Target:
    """Where one tag's followers are stored."""
    return Target(
        stored=partial(followers.tagged_ids, tag_id),
        total=partial(followers.tagged_checksum, tag_id),
        add=partial(followers.add_tag, tag_id),
        remove=partial(followers.remove_tag, tag_id),
        actions=TAGGING_ACTIONS,
        tag_id=tag_id,
    )


@dataclass(frozen=True)
class TagList:
    """All tags, and when they were asked for."""

    requested_at: datetime
    infos: tuple[TagInfo, ...]


class Tags:
    """The stage `tags` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.account_id = stage.run.account_id
        self.state = TagsState.of(stage)
        self._members: Members | None = None

    @property
    def members(self) -> Members:
        """Those of the tag at hand, the first of `todo`."""
        if self._members is None:
            tag = self.state.todo[0]
            self._members = Members(
                self.stage,
                self.client,
                self.state,
                lambda client, cursor: client.tag_followers(tag.wechat_id, cursor),
                stored_tag(tag.tag_id),
            )
        return self._members

    def close(self) -> None:
        if self._members is not None:
            self._members.close()
            self._members = None

    def fetch(self, *, last: bool) -> TagList | FetchedPage | ToWrite:
        if not self.state.todo or self.state.lost == "ask":
            return TagList(db_now(), self.client.tags_get())
        return self.members.fetch(last=last)

    def store(self, fetched: TagList | FetchedPage | ToWrite) -> Outcome:
        if not isinstance(fetched, TagList):
            outcome = self._step(fetched)
        elif self.state.todo:
            outcome = self._look_again(fetched.infos)
        else:
            outcome = self._plan(fetched)
        self.state.save(self.stage)
        return outcome

    def _plan(self, listed: TagList) -> Outcome:
        infos = listed.infos
        advisory_lock(self.account_id)
        # What we created or renamed after the list was asked for is newer than the list.
        newer = tags_changed_locally_since(self.account_id, listed.requested_at)
        stored = {tag.wechat_id: tag for tag in Tag.objects.filter(account=self.account_id)}
        if not infos and stored and not self.state.empty:
            # All tags gone at once is asked again before it is believed.
            self.state.empty = True
            return STEP
        todo: list[TagToRead] = []
        for info in infos:
            tag = stored.pop(info.id, None) or Tag(account_id=self.account_id, wechat_id=info.id)
            renamed = tag.pk not in newer and tag.name != info.name[:NAME_LENGTH]
            if tag.pk is None or renamed:
                tag.name = info.name[:NAME_LENGTH]
                tag.save()
            todo.append(TagToRead(tag.pk, info.id, info.count))
        gone = [tag for tag in stored.values() if tag.pk not in newer]
        self.state.todo = todo + [TagToRead(tag.pk, tag.wechat_id, None) for tag in gone]
        self.stage.total = sum(info.count for info in infos)
        return self._next()

    def _next(self) -> Outcome:
        """Begin with the first tag that is left to do, or end."""
        self.close()
        if not self.state.todo:
            return self._end()
        expected = self.state.todo[0].expected
        self.state.begin_list(expected or 0)
        self.state.lost = ""
        # The pages at hand are those of the tag before.
        self.members.seen.clear()
        self.members.begin(db_now())
        self.stage.phase = "apply" if expected is None else "read"
        return STEP

    def _step(self, fetched: FetchedPage | ToWrite) -> Outcome:
        advisory_lock(self.account_id)
        tag = Tag.objects.filter(pk=self.state.todo[0].tag_id).first()
        # One that is not there was deleted here, and at WeChat, since the stage began.
        if tag is not None:
            outcome = self.members.store(fetched)
            if outcome is not None and outcome.next is not Next.FAIL:
                return outcome
            self._finish(tag, outcome)
        del self.state.todo[0]
        return self._next()

    def _finish(self, tag: Tag, failed: Outcome | None) -> None:
        if failed is not None:
            state = self.state
            (state.differ if failed.reason == "differs" else state.skipped).append(tag.name)
        elif self.state.todo[0].expected is None:
            tag.delete()
        elif tag.follower_count != self.members.size:
            tag.follower_count = self.members.size
            tag.save(update_fields=["follower_count"])

    def _end(self) -> Outcome:
        """With a note on the tags that could not be mirrored; those that differ come first."""
        state = self.state
        for names, reason in ((state.differ, "differing_tags"), (state.skipped, "kept_tags")):
            if names:
                return Outcome(Next.STAGE, reason, {"names": "、".join(names)})
        return STAGE

    def _look_again(self, infos: tuple[TagInfo, ...]) -> Outcome:
        """The tag at hand may have been deleted since the stage began."""
        tag = self.state.todo[0]
        if tag.wechat_id in {info.id for info in infos}:
            self.state.lost = "there"
            return STEP
        self.state.todo[0] = tag._replace(expected=None)
        return self._next()

    def on_error(self, error: WeChatError) -> Outcome | None:
        if error.code != NO_SUCH_TAG or not self.state.todo:
            return without_permission(error)
        # A tag that is there was only busy: the run waits, and asks once more the next time.
        self.state.lost = "" if self.state.lost == "there" else "ask"
        self.state.save(self.stage)
        return STEP if self.state.lost else None
