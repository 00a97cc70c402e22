"""The stage `tags`: the tags of the account, and who has them.

Each tag's followers come from its own list, so a million followers with thirty tags of a tenth each
cost about 330 calls. A tag whose list cannot be believed is left as it was; the stage says so and
the next tag follows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap64

from ..models import SyncStage, Tag
from ..rows import followers
from ..rows.clock import db_now
from ..rows.followers import Total
from ..rows.local_changes import (
    TAGGING,
    changed_locally_since,
    record_external_change,
    tags_changed_locally_since,
)
from ..rows.locks import advisory_lock
from ..runs.stage import STAGE, STEP, Next, Outcome, without_permission
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errcodes import NO_SUCH_TAG
from ..wechat.errors import WeChatError
from .members import Members

NAME_LENGTH = 100


class TagRows:
    """Where one tag's followers are stored."""

    def __init__(self, account_id: int, tag_id: int) -> None:
        self.account_id, self.tag_id = account_id, tag_id

    def stored(self) -> BitMap64:
        return followers.tagged(self.tag_id)

    def total(self) -> Total:
        return followers.tagged_total(self.tag_id)

    def changed_locally_since(self, since: datetime) -> BitMap64:
        return changed_locally_since(self.account_id, TAGGING, since, self.tag_id)

    def add(self, ids: Iterable[int]) -> None:
        followers.tag(self.tag_id, ids)
        record_external_change(self.account_id, TAGGING, ids, self.tag_id)

    def remove(self, ids: Iterable[int]) -> None:
        followers.untag(self.tag_id, ids)
        record_external_change(self.account_id, TAGGING, ids, self.tag_id)


@dataclass(frozen=True)
class Listed:
    """All tags, and when they were asked for."""

    requested_at: datetime
    infos: tuple[TagInfo, ...]


class Tags:
    """state["todo"]: [our id, WeChat's id, WeChat's count] of the tags still to be walked.

    A count of None stands for a tag that WeChat has no longer: its followers are taken off in
    pieces, then the tag goes. state["lost"]: WeChat did not know the tag at hand; "ask" whether
    it is "there".
    """

    def __init__(self, stage: SyncStage, client: Client) -> None:
        self.stage, self.client = stage, client
        self.account_id = stage.run.account_id
        self.members: Members | None = None
        if stage.state.get("todo"):
            self._open()

    def close(self) -> None:
        if self.members is not None:
            self.members.close()

    def fetch(self, *, last: bool) -> Any:
        if self.members is None or self.stage.state.get("lost") == "ask":
            return Listed(db_now(), self.client.tags_get())
        return self.members.fetch(last=last)

    def store(self, fetched: Any) -> Outcome:
        if self.members is None:
            outcome = self._plan(fetched)
        elif self.stage.state.get("lost") == "ask":
            outcome = self._look_again(fetched.infos)
        else:
            outcome = self._step(fetched)
        self.stage.save()
        return outcome

    def _plan(self, listed: Listed) -> Outcome:
        state, infos = self.stage.state, listed.infos
        advisory_lock(self.account_id)
        # What we created or renamed after the list was asked for is newer than the list.
        newer = tags_changed_locally_since(self.account_id, listed.requested_at)
        stored = {tag.wechat_id: tag for tag in Tag.objects.filter(account=self.account_id)}
        if not infos and stored and not state.get("empty"):
            # All tags gone at once is asked again before it is believed.
            state["empty"] = True
            return STEP
        todo: list[list[int | None]] = []
        for info in infos:
            tag = stored.pop(info.id, None) or Tag(account_id=self.account_id, wechat_id=info.id)
            renamed = tag.pk not in newer and tag.name != info.name[:NAME_LENGTH]
            if tag.pk is None or renamed:
                tag.name = info.name[:NAME_LENGTH]
                tag.save()
            todo.append([tag.pk, info.id, info.count])
        gone = [tag for tag in stored.values() if tag.pk not in newer]
        todo += [[tag.pk, tag.wechat_id, None] for tag in gone]
        state["todo"] = todo
        self.stage.total = sum(info.count for info in infos)
        return self._next() if todo else STAGE

    def _open(self) -> None:
        pk, wechat_id, _count = self.stage.state["todo"][0]
        self.members = Members(
            self.stage,
            self.client,
            lambda client, cursor: client.tag_followers(wechat_id, cursor),
            TagRows(self.account_id, pk),
        )

    def _next(self) -> Outcome:
        """Begin with the first tag that is left to do, or end."""
        self.close()
        self.members = None
        state = self.stage.state
        if not state["todo"]:
            return STAGE
        for name in ("restarts", "short", "unknown", "pages", "read"):
            state[name] = 0
        # An empty list has a second witness here: the count that came with the tag's name.
        state |= {"lost": "", "vanished": True}
        self._open()
        assert self.members is not None  # noqa: S101
        # The pages at hand are those of the tag before.
        self.members.seen.clear()
        self.members.walk.begin(db_now())
        gone = state["todo"][0][2] is None
        state["expected"] = state["todo"][0][2] or 0
        self.stage.phase = "apply" if gone else "read"
        return STEP

    def _step(self, fetched: Any) -> Outcome:
        assert self.members is not None  # noqa: S101
        pk, _wechat_id, count = self.stage.state["todo"][0]
        advisory_lock(self.account_id)
        tag = Tag.objects.filter(pk=pk).first()
        outcome = self.members.store(fetched) if tag else None
        if outcome is not None and outcome.next is not Next.FAIL:
            return outcome
        self.stage.state["todo"].pop(0)
        if tag is None:
            # It was deleted here, and at WeChat, since the stage began.
            pass
        elif outcome is not None:
            unlike = "differ" if outcome.reason == "differs" else "skipped"
            self.stage.state.setdefault(unlike, []).append(tag.name)
        elif count is None:
            tag.delete()
        elif tag.follower_count != self.members.size:
            tag.follower_count = self.members.size
            tag.save(update_fields=["follower_count"])
        outcome = self._next()
        return self._end() if outcome is STAGE else outcome

    def _end(self) -> Outcome:
        """With a note on the tags that could not be mirrored; those that differ come first."""
        for counter, reason in (("differ", "differing_tags"), ("skipped", "kept_tags")):
            if names := self.stage.state.get(counter):
                return Outcome(Next.STAGE, reason, {"names": "、".join(names)})
        return STAGE

    def _look_again(self, infos: tuple[TagInfo, ...]) -> Outcome:
        """The tag at hand may have been deleted since the stage began."""
        present = self.stage.state["todo"][0]
        if present[1] in {info.id for info in infos}:
            self.stage.state["lost"] = "there"
            return STEP
        present[2] = None
        return self._next()

    def on_error(self, error: WeChatError) -> Outcome | None:
        state = self.stage.state
        if error.code != NO_SUCH_TAG or not state.get("todo"):
            return without_permission(error)
        # A tag that is there was only busy: the run waits, and asks once more the next time.
        state["lost"] = "" if state["lost"] == "there" else "ask"
        self.stage.save()
        return STEP if state["lost"] else None
