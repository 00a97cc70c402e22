"""One step of a change for one slice: a call to WeChat, then what it means for our rows.

Who is sent next is written before the call (EditStep.sending), so that a worker which is killed
between WeChat's yes and our commit repeats exactly that call, and a sync knows meanwhile that what
it read about these people may be older.
"""

from itertools import chain
from typing import Any

from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, Run, Tag
from ..rows import followers
from ..rows.bitmaps import unpack
from ..rows.local_changes import TAGGING
from ..rows.locks import advisory_lock
from ..runs.lease import Claim
from ..runs.stage import STAGE, STEP, Kind, Next, Outcome, Stage
from ..wechat.client import Client
from ..wechat.errcodes import INVALID_REMARK, NO_SUCH_TAG, OF_ONE_FOLLOWER
from ..wechat.errors import WeChatError
from . import rows
from .change import OF_TAGS, SIZES, WITH_TEXT, Action
from .reasons import REASONS
from .sifting import Aim, sift
from .stepping import StepResponse, StepStage
from .tag_stage import CreatedTagStage, TagStage
from .undo import unchanged_since

Result = EditChunk.Outcome
# So many followers, one after the other from the first on, are tried before a run gives up.
HOPELESS = 100
# Followers looked at in one step while looking for some who need the change.
MAX_LOOKED_AT = 5_000


class FollowerStage(StepStage):
    """A step that concerns followers, as many at a time as a call to WeChat takes."""

    def __init__(self, step: EditStep, client: Client) -> None:
        super().__init__(step, client)
        self.todo = self._left()
        # An undo is asked for now and done when its turn comes: others may have come between.
        self.still = unchanged_since(step.undoes) if step.undoes else None
        # An undo means the tag that was there; another one of its name is not the same.
        if step.tag is None and step.action in TAGGING and not step.undoes_id:
            step.tag = self._tag_of_an_earlier_step()

    def _left(self) -> BitMap64:
        """Who is neither settled nor in `sending`."""
        left = unpack(self.step.targets)
        left.remove_range(0, self.step.place + 1)
        # Skipped already when the run was recorded.
        beyond = self.step.chunks.filter(last_row__gt=self.step.place)
        for stored in beyond.values_list("rows", flat=True):
            left -= unpack(stored)
        return left

    def _tag_of_an_earlier_step(self) -> Tag | None:
        own = Tag.objects.filter(account=self.run.account_id, name=self.step.name)
        return own.order_by("-pk").first()

    @property
    def _is_without_tag(self) -> bool:
        """It was deleted meanwhile, or an earlier step could not create it."""
        return self.tag is None and self.step.action in TAGGING

    # --- sending ----------------------------------------------------------------------------------

    def fetch(self, *, last: bool) -> StepResponse | None:
        """Make the call that `sending` names; None where there is nothing to send yet."""
        if not self.step.sending or self._is_without_tag:
            return None
        people = {person.id: person.openid for person in followers.known(self.step.sending[0])}
        if not people:
            return StepResponse()
        try:
            self._send(people)
        except WeChatError as error:
            if error.code != NO_SUCH_TAG or self._tag_is_there():
                raise
            return StepResponse(gone=True)
        return StepResponse()

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

    # --- storing ----------------------------------------------------------------------------------

    def store(self, fetched: StepResponse | None) -> Outcome:
        advisory_lock(self.run.account_id)
        if self._is_without_tag or (fetched is not None and fetched.gone):
            self._do_without_tag()
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
        while len(ready) < size and seen < MAX_LOOKED_AT:
            some = self.todo[:number]
            if not some:
                break
            why = self._sift(some)
            fit = some - BitMap64().union(*why.values())
            ready += fit[: size - len(ready)]
            last = ready[-1] if len(ready) == size else some.max()
            for reason, who in why.items():
                # Those beyond are looked at again when their turn comes.
                who.remove_range(last + 1, some.max() + 1)
                if who:
                    skipped[reason] = skipped.get(reason, BitMap64()) | who
            self.todo.remove_range(0, last + 1)
            seen, number = seen + len(some), min(number * 2, MAX_LOOKED_AT)
        return ready, skipped, last

    def _sift(self, some: BitMap64) -> dict[str, BitMap64]:
        step = self.step
        own = step.pk if step.action in WITH_TEXT else None
        aim = Aim(self.run.account_id, step.action, step.tag_id, step.text, own)
        if self.still is None:
            return sift(aim, some)
        why = sift(aim, some & self.still)
        if changed := some - self.still:
            why["changed_since"] = changed
        return why

    def _apply(self, ids: BitMap64) -> None:
        """Our rows follow what WeChat has accepted."""
        step = self.step
        match step.action:
            case Action.TAG:
                rows.tag(step.tag_id or 0, ids, self.run.pk)
            case Action.UNTAG:
                rows.untag(step.tag_id or 0, ids)
            case Action.BLOCK | Action.UNBLOCK:
                followers.set_blacklisted(ids, step.action == Action.BLOCK)
            case Action.REMARK | Action.NOTE:
                rows.write_texts(step.action, step.pk, step.text, ids)

    def _give_up(self) -> BitMap64:
        """Everybody who is not settled; nobody is sent any more."""
        rest = self.todo | BitMap64(chain(*self.step.sending))
        self.step.sending = []
        self.step.save(update_fields=["sending"])
        return rest

    def _do_without_tag(self) -> None:
        """Nobody can be given a tag that is gone; nobody has it any more, either."""
        if self.step.action == Action.UNTAG and self.step.undoes_id:
            self._settle(Result.SKIPPED, self._give_up(), reason="tag_gone")
        else:
            why = {"reason": "no_such_tag", "error_code": NO_SUCH_TAG}
            self._settle(Result.FAILED, self._give_up(), **why)

    def _settle(self, outcome: str, ids: BitMap64, **why: Any) -> None:
        if ids:
            self.settle(outcome, ids, **why)

    # --- trouble ----------------------------------------------------------------------------------

    def on_error(self, error: WeChatError) -> Outcome | None:
        """What concerns one follower is found by halves, and fails that one alone."""
        if not self.step.sending or not self._is_of_one(error):
            return None
        advisory_lock(self.run.account_id)
        piece = self.step.sending.pop(0)
        if len(piece) == 1:
            self.fail(error, piece)
            if self._is_hopeless():
                self._give_up()
                return Outcome(Next.FAIL, "all_refused", {"number": HOPELESS})
        else:
            half = len(piece) // 2
            self.step.sending[:0] = [piece[:half], piece[half:]]
        return self._go_on()

    def _is_hopeless(self) -> bool:
        """Not one of so many was changed: this is not the trouble of single followers."""
        outcomes = self.step.chunks.exclude(outcome=Result.SKIPPED).values_list(
            "outcome", flat=True
        )
        latest = list(outcomes.order_by("number")[:HOPELESS])
        return len(latest) == HOPELESS and set(latest) == {Result.FAILED}

    def _is_of_one(self, error: WeChatError) -> bool:
        return error.code in OF_ONE_FOLLOWER or (
            error.code == INVALID_REMARK and self.step.action == Action.REMARK
        )


def _open(run: EditRun, client: Client) -> Stage:
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.run = run
    if step.action not in OF_TAGS:
        return FollowerStage(step, client)
    return CreatedTagStage(step, client) if step.undoes_id else TagStage(step, client)


def _end_step(claim: Claim[EditRun], outcome: Outcome) -> None:
    run = claim.run
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.status = EditStep.Status.DONE
    step.save(update_fields=["status"])
    if run.steps.exclude(status=EditStep.Status.DONE).exists():
        claim.hand_over()
    elif run.failed and not run.done:
        claim.end(Run.Status.FAILED, **_why(run))
    else:
        claim.end(Run.Status.SUCCEEDED)


def _why(run: EditRun) -> dict[str, Any]:
    """Nothing of it could be done: the reason is the run's."""
    last = EditChunk.objects.filter(step__run=run, outcome=Result.FAILED).order_by("-pk")[0]
    return {name: getattr(last, name) for name in ("reason", "error_code", "error_params")}


CHANGE = Kind(EditRun, _open, _end_step, reasons=REASONS)
