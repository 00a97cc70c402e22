"""One step of a change for one slice: a call to WeChat, then what it means for our rows.

Who is sent next is written before the call (EditStep.sending), so that a worker which is killed
between WeChat's yes and our commit repeats exactly that call, and a sync knows meanwhile that what
it read about these people may be older.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from pyroaring import BitMap64

from ..models import EditChunk, EditStep, Tag
from ..rows import followers
from ..rows.bitmaps import unpack
from ..rows.locks import advisory_lock
from ..runs.stage import STAGE, STEP, Next, Outcome, Stage
from ..wechat.client import Client
from ..wechat.errcodes import FOLLOWER_REFUSED, NO_SUCH_TAG
from ..wechat.errors import WeChatError
from .change import Action, Change, ChangeKind, kind_of
from .eligibility import Skipped, ineligible
from .steps import StepResponse, StepStage

Result = EditChunk.Outcome
# So many followers, one after the other from the first on, are tried before a run gives up.
HOPELESS = 100
# Followers looked at in one step while looking for some who need the change.
MAX_LOOKED_AT = 5_000


class FollowerKind(ChangeKind):
    """A kind of change of followers."""

    def open(self, step: EditStep, client: Client) -> Stage:
        return FollowerStage(self, step, client)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        """Make the call for at most `size` followers: openids by row id. Raises WeChatError."""

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        """Our rows follow what WeChat has accepted."""
        raise NotImplementedError

    def is_of_one(self, error: WeChatError) -> bool:
        """Whether an error is the trouble of one follower, not of the others in the call."""
        return error.code in FOLLOWER_REFUSED


class FollowerStage(StepStage):
    """A step that concerns followers, as many at a time as a call to WeChat takes."""

    def __init__(self, kind: FollowerKind, step: EditStep, client: Client) -> None:
        super().__init__(step, client)
        self.kind = kind
        self.todo = self._left()
        # An undo is asked for now and done when its turn comes: others may have come between.
        undone = step.undoes
        self.unchanged = kind_of(undone.action).unchanged(undone) if undone else None
        # An undo means the tag that was there; another one of its name is not the same.
        if step.tag is None and kind.subject == "tag" and not step.undoes_id:
            step.tag = self._tag_of_an_earlier_step()
        self.change = Change.of(step)

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
        return self.tag is None and self.kind.subject == "tag"

    # --- sending ----------------------------------------------------------------------------------

    def fetch(self, *, last: bool) -> StepResponse | None:
        """Make the call that `sending` names; None where there is nothing to send yet."""
        if not self.step.sending or self._is_without_tag:
            return None
        people = {person.id: person.openid for person in followers.get_keys(self.step.sending[0])}
        if not people:
            return StepResponse()
        try:
            self.kind.send(self.client, self.step, people)
        except WeChatError as error:
            if error.code != NO_SUCH_TAG or self.tag is None or self._is_there(self.tag):
                raise
            return StepResponse(gone=True)
        return StepResponse()

    def _is_there(self, tag: Tag) -> bool:
        """45159 also means that WeChat is busy with another change of tags."""
        return tag.wechat_id in {info.id for info in self.client.tags_get()}

    # --- storing ----------------------------------------------------------------------------------

    def store(self, fetched: StepResponse | None) -> Outcome:
        advisory_lock(self.run.account_id)
        if self._is_without_tag or (fetched is not None and fetched.gone):
            self._do_without_tag()
            return STAGE
        if fetched is not None:
            piece = BitMap64(self.step.sending.pop(0))
            self.kind.apply(self.step, piece)
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
        if ready and self.kind.path:
            self.step.sending = [ready]
        elif ready:
            self.kind.apply(self.step, BitMap64(ready))
            self._settle(Result.DONE, BitMap64(ready))
        return True

    def _look(self) -> tuple[list[int], Skipped, int]:
        """Who is sent next, who is skipped before them, and the last row that was looked at."""
        size = number = self.kind.size
        ready: list[int] = []
        skipped: Skipped = {}
        last = seen = 0
        while len(ready) < size and seen < MAX_LOOKED_AT:
            some = self.todo[:number]
            if not some:
                break
            why = self._ineligible(some)
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

    def _ineligible(self, some: BitMap64) -> Skipped:
        own = self.step.pk if self.kind.subject == "text" else None
        rest = some if self.unchanged is None else some & self.unchanged
        why = ineligible(self.run.account_id, self.change, rest, step_id=own)
        if changed := some - rest:
            why["changed_since"] = changed
        return why

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
        if not self.step.sending or not self.kind.is_of_one(error):
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
