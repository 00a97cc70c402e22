"""What a stage keeps between its steps: SyncStage.state, flat JSON with a key for each field.

Keys keep their names and shapes: a run goes on after an upgrade with what the version before it has
stored. What is as it was at the beginning is not stored.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Self

from ..models import SyncStage


@dataclass
class StageState:
    """reached: how far the stage has ever been, as a share of it.

    A list that is read again leads `done` back; what people see of the run must not. WEIGHT: what
    the stage takes of a sync, roughly; fixed, for what turns out later must not lead the bar back.
    """

    WEIGHT: ClassVar[int] = 1

    reached: float = 0.0

    @classmethod
    def of(cls, stage: SyncStage) -> Self:
        """Keys that are no field are left out. Raises TypeError where a value is none of ours."""
        blank = vars(cls())
        found = {name: value for name, value in stage.state.items() if name in blank}
        for name, value in found.items():
            kind = type(blank[name])
            if not isinstance(value, (int, float) if kind is float else kind):
                raise TypeError(f"{name} of stage {stage.pk} should be {kind.__name__}: {value!r}")
        return cls(**found)

    def save(self, stage: SyncStage) -> None:
        """Write the stage, and this with it."""
        if stage.total:
            self.reached = max(self.reached, round(min(stage.done / stage.total, 1), 4))
        blank = vars(type(self)())
        stage.state = {name: it for name, it in vars(self).items() if it != blank[name]}
        stage.save()


@dataclass
class WalkState(StageState):
    """What the rules of a walk rest on (walk.py)."""

    restarts: int = 0  # times that a list was begun again because of a loop or a lost cursor
    stale: int = 0  # pages in a row without anybody who is new to the walk
    short: int = 0  # walks in a row that ended far short of WeChat's own count


@dataclass
class ListingState(WalkState):
    """What is counted from `asked` on belongs to one walk, the rest to the run."""

    WEIGHT = 8

    known: int = 0  # these three: the numbers of review.Evidence
    gone: int = 0
    listed: int = 0
    sample: list[int] = field(default_factory=list)  # row ids of some of whom a decision is about
    doubt: str = ""  # why a person must decide: the reason of the review to come
    approved: bool = False  # a person has decided that the list is right
    approved_by: str = ""
    kept: int = 0  # lines of the log that stand for people who were asked about and follow
    cut: bool = False  # a list was begun again because by the answers it was cut short
    asked: int = 0  # people who were asked about
    still: int = 0  # how many of them follow
    to_ask: list[int] = field(default_factory=list)  # row ids: the rest of a sample
    sampled: bool = False  # the sample leaves some out
    ask_all: bool = False  # too many of the sample follow for it to speak for the others
    unconfirmed: int = 0  # people missing from a list that is too old to be believed unasked

    def begin_walk(self) -> None:
        self.asked = self.still = self.unconfirmed = 0
        self.to_ask, self.sampled, self.ask_all = [], False, False


@dataclass
class MembersState(WalkState):
    """Of the blacklist, or of the tag at hand; but what was added and removed, of the stage."""

    expected: int = 0  # WeChat's own count
    unknown: int = 0  # ids of this walk that are not known here
    read: int = 0  # ids of this walk, each as often as it was listed
    pages: int = 0  # pages with ids, also of earlier walks
    vanished: bool = False  # an empty list is believed: it came twice, or the count says so too
    added: int = 0
    removed: int = 0

    def begin_walk(self) -> None:
        self.unknown = self.read = 0

    def begin_list(self, expected: int) -> None:
        self.restarts = self.short = self.pages = 0
        self.expected, self.vanished = expected, True


class TagToRead(NamedTuple):
    """A tag whose list is still to be read, stored as a list.

    expected: WeChat's own count; None for a tag that WeChat has no longer, whose followers are
    taken off in pieces before the tag goes.
    """

    tag_id: int
    wechat_id: int
    expected: int | None


@dataclass
class TagsState(MembersState):
    WEIGHT = 3

    todo: list[TagToRead] = field(default_factory=list)  # the tag at hand comes first
    empty: bool = False  # WeChat has named no tags at all, which is believed the second time
    lost: str = ""  # WeChat did not know the tag at hand: "ask" whether it is "there"
    skipped: list[str] = field(default_factory=list)  # names: their lists could not be believed
    differ: list[str] = field(default_factory=list)  # names: stored otherwise than listed

    def __post_init__(self) -> None:
        self.todo = [TagToRead(*item) for item in self.todo]


@dataclass
class DetailsState(StageState):
    WEIGHT = 8

    bad: list[str] = field(default_factory=list)  # openids that WeChat does not know, the first few


STATES: dict[str, type[StageState]] = {
    SyncStage.Name.LISTING: ListingState,
    SyncStage.Name.TAGS: TagsState,
    SyncStage.Name.BLACKLIST: MembersState,
    SyncStage.Name.DETAILS: DetailsState,
}


def state_of(stage: SyncStage) -> StageState:
    """By the name of the stage; one that keeps nothing of its own needs no line above."""
    return STATES.get(stage.name, StageState).of(stage)
