"""The stage `tags`: sync the account's tags and their followers.

Each tag has a list of its own, so a million followers with thirty tags of a tenth each cost about
330 calls. A tag whose list is implausible is left as it was, and noted in the stage's outcome.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..models import SyncStage, Tag
from ..rows import followers, memberships
from ..rows.clock import db_now
from ..rows.local_changes import TAGGING_ACTIONS, tags_changed_locally_since
from ..rows.locks import advisory_lock
from ..runs.stage import NEXT_STAGE, NEXT_STEP, NextAction, Outcome, outcome_if_not_permitted
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NO_SUCH_TAG
from ..wechat.errors import WeChatError
from .members import MemberDiff, MemberStorage, MemberSync
from .state import TagsState, TagToRead
from .walk import FetchedPage

NAME_LENGTH = 100


def tag_storage(tag_id: int) -> MemberStorage:
    return MemberStorage(
        load_ids=partial(memberships.tagged_ids, tag_id),
        load_total=partial(memberships.tagged_checksum, tag_id),
        add=partial(memberships.add_tag, tag_id),
        remove=partial(memberships.remove_tag, tag_id),
        load_excluded=partial(memberships.last_known_ids, tag_id),
        comparable=followers.subscribed_among,
        actions=TAGGING_ACTIONS,
        tag_id=tag_id,
    )


@dataclass(frozen=True)
class FetchedTags:
    """All tags, and the time of their request."""

    requested_at: datetime
    infos: tuple[TagInfo, ...]


class TagsStage:
    """The stage `tags` for one slice."""

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.account_id = stage.run.account_id
        self.state = TagsState.load(stage)
        self._members: MemberSync | None = None

    @property
    def members(self) -> MemberSync:
        """The members of the current tag, the first of `todo`."""
        if self._members is None:
            tag = self.state.todo[0]
            self._members = MemberSync(
                self.stage,
                self.client,
                self.state,
                lambda client, cursor: client.tag_followers(tag.wechat_id, cursor),
                tag_storage(tag.tag_id),
            )
        return self._members

    def close(self) -> None:
        if self._members is not None:
            self._members.close()
            self._members = None

    def fetch(self, *, is_last_step: bool) -> FetchedTags | FetchedPage | MemberDiff:
        if not self.state.todo or self.state.lost == "ask":
            return FetchedTags(db_now(), self.client.tags_get())
        return self.members.fetch(is_last_step=is_last_step)

    def store(self, fetched: FetchedTags | FetchedPage | MemberDiff) -> Outcome:
        if not isinstance(fetched, FetchedTags):
            outcome = self._store_members(fetched)
        elif self.state.todo:
            outcome = self._recheck_tag(fetched.infos)
        else:
            outcome = self._store_tag_list(fetched)
        self.state.save(self.stage)
        return outcome

    def _store_tag_list(self, fetched: FetchedTags) -> Outcome:
        infos = fetched.infos
        advisory_lock(self.account_id)
        # Tags that were created or renamed here after the request are newer than the list.
        newer = tags_changed_locally_since(self.account_id, fetched.requested_at)
        stored = {tag.wechat_id: tag for tag in Tag.objects.filter(account=self.account_id)}
        if not infos and stored and not self.state.empty:
            # An empty list is requested again before it deletes all tags.
            self.state.empty = True
            return NEXT_STEP
        todo: list[TagToRead] = []
        for info in infos:
            tag = stored.pop(info.id, None) or Tag(account_id=self.account_id, wechat_id=info.id)
            is_renamed = tag.pk not in newer and tag.name != info.name[:NAME_LENGTH]
            if tag.pk is None or is_renamed:
                tag.name = info.name[:NAME_LENGTH]
                tag.save()
            todo.append(TagToRead(tag.pk, info.id, info.count))
        gone = [tag for tag in stored.values() if tag.pk not in newer]
        self.state.todo = todo + [TagToRead(tag.pk, tag.wechat_id, None) for tag in gone]
        self.stage.total = sum(info.count for info in infos)
        return self._begin_next_tag()

    def _begin_next_tag(self) -> Outcome:
        """Begin with the first tag of `todo`, or end the stage."""
        self.close()
        if not self.state.todo:
            return self._end()
        expected = self.state.todo[0].expected
        self.state.begin_list(expected or 0)
        self.state.lost = ""
        # These are still the pages of the previous tag.
        self.members.seen.clear()
        self.members.begin(db_now())
        self.stage.phase = "apply" if expected is None else "read"
        return NEXT_STEP

    def _store_members(self, fetched: FetchedPage | MemberDiff) -> Outcome:
        advisory_lock(self.account_id)
        tag = Tag.objects.filter(pk=self.state.todo[0].tag_id).first()
        # A tag without a row was deleted here, and at WeChat, since the stage began.
        if tag is not None:
            outcome = self.members.store(fetched)
            if outcome is not None and outcome.next is not NextAction.FAIL:
                return outcome
            self._finish_tag(tag, outcome)
        del self.state.todo[0]
        return self._begin_next_tag()

    def _finish_tag(self, tag: Tag, failed: Outcome | None) -> None:
        if failed is not None:
            state = self.state
            (state.differ if failed.reason == "differs" else state.skipped).append(tag.name)
        elif self.state.todo[0].expected is None:
            memberships.delete_tag(tag)
        elif tag.follower_count != self.members.stored_count:
            tag.follower_count = self.members.stored_count
            tag.save(update_fields=["follower_count"])

    def _end(self) -> Outcome:
        """End with a note on the tags that could not be synced; those that differ come first."""
        state = self.state
        for names, reason in ((state.differ, "differing_tags"), (state.skipped, "kept_tags")):
            if names:
                return Outcome(NextAction.STAGE, reason, {"names": "、".join(names)})
        return NEXT_STAGE

    def _recheck_tag(self, infos: tuple[TagInfo, ...]) -> Outcome:
        """Check whether the current tag was deleted since the stage began."""
        tag = self.state.todo[0]
        if tag.wechat_id in {info.id for info in infos}:
            self.state.lost = "there"
            return NEXT_STEP
        self.state.todo[0] = tag._replace(expected=None)
        return self._begin_next_tag()

    def on_error(self, error: WeChatError) -> Outcome | None:
        if error.code != NO_SUCH_TAG or not self.state.todo:
            return outcome_if_not_permitted(error)
        # A tag that still exists was only busy: the run waits, and checks again the next time.
        self.state.lost = "" if self.state.lost == "there" else "ask"
        self.state.save(self.stage)
        return NEXT_STEP if self.state.lost else None
