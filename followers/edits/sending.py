"""One step of a change for one slice: a call to WeChat, then what it means for our rows.

Who is sent next is written before the call (EditStep.sending), so that a worker which is killed
between WeChat's yes and our commit repeats exactly that call, and a sync knows meanwhile that what
it read about these people may be older.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.db.models import Max
from pyroaring import BitMap64

from ..clock import db_now
from ..models import EditChunk, EditRun, EditStep, Run, Tag
from ..sync import engine, lease
from ..sync import rows as sync_rows
from ..sync.bitmaps import unpack
from ..sync.engine import Work
from ..sync.lease import Claim
from ..sync.outgoing import hold
from ..sync.stage import STAGE, STEP, Outcome, Stage
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errors import WeChatError
from . import rows
from .change import OF_TAGS, SIZES, Action
from .chunks import add_chunk
from .sifting import Aim, sift

Result = EditChunk.Outcome
# The trouble of one follower, not of the others in the call: unknown, full, of another account.
OF_ONE = {40003, 43004, 43019, 45059, 46004, 49003, 50005}
BAD_REMARK = 40092
NO_SUCH_TAG = 45159
NAME_TAKEN = 45157
# Tags: too many, too many followers, WeChat's own, name taken, name too long.
OF_TAG = {45056, 45057, 45058, NAME_TAKEN, 45158}
# Followers looked at in one step while looking for some who need the change.
MOST_SIFTED = 5_000


@dataclass(frozen=True)
class Said:
    """WeChat's answer to what a step has sent; `error`: it cannot be done to the tag at all."""

    tag: TagInfo | None = None
    error: WeChatError | None = None


class Sending:
    """An EditStep as the engine's stage."""

    def __init__(self, step: EditStep, client: Client) -> None:
        self.step, self.client, self.run = step, client, step.run
        self.number = _next_number(step)
        self.todo: Iterator[int] = iter(self._left()) if step.action not in OF_TAGS else iter(())
        self.tag = self._tag()

    def close(self) -> None:
        """Nothing is open."""

    def _left(self) -> BitMap64:
        """Who is neither settled nor in `sending`, ascending."""
        left = unpack(self.step.targets)
        left -= BitMap64(row for row in left if row <= self.step.place)
        # Skipped already when the run was recorded.
        beyond = self.step.chunks.filter(last_row__gt=self.step.place)
        for stored in beyond.values_list("rows", flat=True):
            left -= unpack(stored)
        return left

    def _tag(self) -> Tag | None:
        """The step's tag, which an earlier step of the run may have created."""
        if self.step.tag is None and self.step.action in (Action.TAG, Action.UNTAG):
            own = Tag.objects.filter(account=self.run.account_id, name=self.step.name)
            self.step.tag = own.order_by("-pk").first()
        return self.step.tag

    # --- sending ----------------------------------------------------------------------------------

    def fetch(self, *, last: bool) -> Said | None:
        """Make the call that `sending` names; None where there is nothing to send yet."""
        if self.step.action in OF_TAGS:
            return self._change_tag()
        if not self.step.sending or self._lacks_its_tag():
            return None
        people = {person.id: person.openid for person in sync_rows.known(self.step.sending[0])}
        if not people:
            return Said()
        try:
            self._send(people)
        except WeChatError as error:
            if error.code != NO_SUCH_TAG or self._tag_is_there():
                raise
            return Said(error=error)
        return Said()

    def _send(self, people: dict[int, str]) -> None:
        openids = list(people.values())
        match self.step.action:
            case Action.TAG | Action.UNTAG:
                assert self.tag is not None  # noqa: S101
                send = self.client.tag if self.step.action == Action.TAG else self.client.untag
                send(self.tag.wechat_id, openids)
            case Action.BLOCK:
                self.client.block(openids)
            case Action.UNBLOCK:
                self.client.unblock(openids)
            case Action.REMARK:
                (follower,) = people
                self.client.set_remark(people[follower], self._text_of(follower))

    def _text_of(self, follower: int) -> str:
        own = self.step.values.filter(follower=follower).values_list("after", flat=True).first()
        return self.step.text if own is None else own

    def _tag_is_there(self) -> bool:
        """45159 also means that WeChat is busy with another change of tags."""
        assert self.tag is not None  # noqa: S101
        return self.tag.wechat_id in {info.id for info in self.client.tags_get()}

    def _change_tag(self) -> Said:
        """A try before may have done it already: its answer was lost, or a worker was."""
        step = self.step
        try:
            if step.action == Action.CREATE_TAG:
                return Said(tag=self.client.create_tag(step.name))
            if self.tag is None:
                return Said()
            if step.action == Action.RENAME_TAG:
                self.client.rename_tag(self.tag.wechat_id, step.name)
            else:
                self.client.delete_tag(self.tag.wechat_id)
        except WeChatError as error:
            return self._look_again(error)
        return Said()

    def _look_again(self, error: WeChatError) -> Said:
        if error.code not in OF_TAG | {NO_SUCH_TAG}:
            raise error
        infos = self.client.tags_get()
        own = next((info for info in infos if self.tag and info.id == self.tag.wechat_id), None)
        named = next((info for info in infos if info.name == self.step.name), None)
        match self.step.action:
            case Action.CREATE_TAG if error.code == NAME_TAKEN and named:
                return Said(tag=named)
            case Action.RENAME_TAG if own and own is named:
                return Said()
            case Action.DELETE_TAG if own is None:
                return Said()
        if error.code == NO_SUCH_TAG and own:
            raise error
        return Said(error=error)

    # --- storing ----------------------------------------------------------------------------------

    def store(self, fetched: Said | None) -> Outcome:
        hold(self.run.account_id)
        if fetched is not None and fetched.error is not None:
            self._fail_rest(**_reason(fetched.error))
            return STAGE
        if self.step.action in OF_TAGS:
            self._store_tag(fetched.tag if fetched else None)
            return STAGE
        if self._lacks_its_tag():
            self._fail_rest(reason="no_such_tag")
            return STAGE
        if fetched is not None:
            piece = BitMap64(self.step.sending.pop(0))
            self._apply(piece)
            self._settle(Result.DONE, piece)
        return self._go_on()

    def _go_on(self) -> Outcome:
        more = bool(self.step.sending) or self._choose()
        self.step.save(update_fields=["tag", "place", "sending"])
        return STEP if more else STAGE

    def _choose(self) -> bool:
        """Decide who is sent next, and who is skipped on the way; False when all are settled."""
        ready, skipped, looked_at = self._look()
        if not looked_at:
            return False
        self.step.place = looked_at
        for reason, who in skipped.items():
            self._settle(Result.SKIPPED, who, reason=reason)
        if self.step.action == Action.NOTE and ready:
            self._apply(BitMap64(ready))
            self._settle(Result.DONE, BitMap64(ready))
        elif ready:
            self.step.sending = [ready]
        return True

    def _look(self) -> tuple[list[int], dict[str, BitMap64], int]:
        """Who is sent next, who is skipped before them, and the last row that was looked at."""
        size = number = SIZES[self.step.action]
        ready: list[int] = []
        skipped: dict[str, BitMap64] = {}
        last = seen = 0
        while len(ready) < size and seen < MOST_SIFTED:
            some = list(islice(self.todo, number))
            if not some:
                break
            why = sift(self._aim(), BitMap64(some))
            fit = BitMap64(some) - BitMap64().union(*why.values())
            ready += fit[: size - len(ready)]
            last = ready[-1] if len(ready) == size else some[-1]
            for reason, who in why.items():
                who -= BitMap64(row for row in who if row > last)
                if who:
                    skipped[reason] = skipped.get(reason, BitMap64()) | who
            self.todo = chain([row for row in some if row > last], self.todo)
            seen, number = seen + len(some), min(number * 2, MOST_SIFTED)
        return ready, skipped, last

    def _aim(self) -> Aim:
        step = self.step
        own = step.pk if step.action in (Action.REMARK, Action.NOTE) else None
        return Aim(self.run.account_id, step.action, step.tag_id, step.text, own)

    def _apply(self, ids: BitMap64) -> None:
        """Our rows follow what WeChat has accepted."""
        step = self.step
        match step.action:
            case Action.TAG:
                rows.tag(step.tag_id or 0, ids, self.run.pk)
            case Action.UNTAG:
                rows.untag(step.tag_id or 0, ids)
            case Action.BLOCK | Action.UNBLOCK:
                sync_rows.set_blacklisted(ids, step.action == Action.BLOCK)
            case Action.REMARK | Action.NOTE:
                rows.write_texts(step.action, step.pk, step.text, ids)

    def _store_tag(self, info: TagInfo | None) -> None:
        step, account_id = self.step, self.run.account_id
        if info is not None:
            step.tag, _created = Tag.objects.update_or_create(
                account_id=account_id, wechat_id=info.id, defaults={"name": info.name}
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
        self._settle(Result.DONE, BitMap64())

    def _rest(self) -> BitMap64:
        """Everybody who is not settled."""
        return BitMap64(chain(self.todo, *self.step.sending))

    def _lacks_its_tag(self) -> bool:
        """The tag was deleted, here or at WeChat, since the step was recorded."""
        return self.tag is None and self.step.action in (Action.TAG, Action.UNTAG)

    def _fail_rest(self, **why: Any) -> None:
        self._settle(Result.FAILED, self._rest(), **why)
        self.step.sending = []
        self.step.save(update_fields=["sending"])

    def _settle(self, outcome: str, ids: BitMap64, **why: Any) -> None:
        """Write one outcome and count it; the run's counters are written with the commit."""
        if not ids and self.step.action not in OF_TAGS:
            return
        count = add_chunk(self.step, self.number, outcome, ids, db_now(), **why)
        self.number += 1
        setattr(self.run, outcome, getattr(self.run, outcome) + count)

    # --- trouble ----------------------------------------------------------------------------------

    def forgive(self, error: WeChatError) -> Outcome | None:
        """What concerns one follower is found by halves, and fails that one alone."""
        if not self.step.sending or not self._is_of_one(error):
            return None
        hold(self.run.account_id)
        piece = self.step.sending.pop(0)
        if len(piece) == 1:
            self._settle(Result.FAILED, BitMap64(piece), **_reason(error))
        else:
            half = len(piece) // 2
            self.step.sending[:0] = [piece[:half], piece[half:]]
        return self._go_on()

    def _is_of_one(self, error: WeChatError) -> bool:
        return error.code in OF_ONE or (
            error.code == BAD_REMARK and self.step.action == Action.REMARK
        )


def _reason(error: WeChatError) -> dict[str, Any]:
    return {"reason": error.kind, "error_code": error.code, "error_params": error.params}


def _next_number(step: EditStep) -> int:
    last = step.chunks.aggregate(last=Max("number"))["last"]
    return 0 if last is None else last + 1


def _open(run: EditRun, client: Client) -> Stage:
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.run = run
    return Sending(step, client)


def _end_step(claim: Claim[EditRun], outcome: Outcome) -> None:
    run = claim.run
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.status = EditStep.Status.DONE
    step.save(update_fields=["status"])
    if run.steps.exclude(status=EditStep.Status.DONE).exists():
        claim.hand_over()
    elif run.failed and not run.done and not run.skipped:
        claim.end(Run.Status.FAILED, **_why(run))
    else:
        claim.end(Run.Status.SUCCEEDED)


def _why(run: EditRun) -> dict[str, Any]:
    """Nothing of it could be done: the reason is the run's."""
    last = EditChunk.objects.filter(step__run=run, outcome=Result.FAILED).order_by("-pk")[0]
    return {name: getattr(last, name) for name in ("reason", "error_code", "error_params")}


WORK: Work[EditRun] = Work(_open, _end_step)


def advance(
    run_id: int,
    ticket: int,
    *,
    queue: bool = True,
    after_commit: Callable[[], None] = lambda: None,
) -> None:
    """Work on a change for one slice, as engine.advance does on a sync."""
    engine.advance(EditRun, run_id, ticket, queue=queue, after_commit=after_commit, work=WORK)
    lease.send_next(EditRun, run_id)
