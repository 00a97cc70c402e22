"""The state of a stage between its steps: SyncStage.state, flat JSON with a key for each field.

Keys keep their names and types, because runs go on after an upgrade with the state that the
previous version has stored. Fields with their default value are not stored.
"""

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Self

from ..models import SyncStage


@dataclass
class StageState:
    """reached: the largest share of the stage that was ever done.

    `done` falls when a list is read again; the progress bar must not. WEIGHT: roughly the stage's
    share of a sync's duration; fixed, so that the bar never falls.
    """

    WEIGHT: ClassVar[int] = 1

    reached: float = 0.0

    @classmethod
    def load(cls, stage: SyncStage) -> Self:
        """Unknown keys are ignored. Raises TypeError for a value of the wrong type."""
        defaults = vars(cls())
        values = {name: value for name, value in stage.state.items() if name in defaults}
        for name, value in values.items():
            kind = type(defaults[name])
            if not isinstance(value, (int, float) if kind is float else kind):
                raise TypeError(f"{name} of stage {stage.pk} should be {kind.__name__}: {value!r}")
        return cls(**values)

    def save(self, stage: SyncStage) -> None:
        """Write the stage with this state."""
        if stage.total:
            self.reached = max(self.reached, round(min(stage.done / stage.total, 1), 4))
        defaults = vars(type(self)())
        stage.state = {name: it for name, it in vars(self).items() if it != defaults[name]}
        stage.save()


@dataclass
class WalkState(StageState):
    """The counters of a walk's rules (walk.py)."""

    restarts: int = 0  # how often the list was restarted because of a loop or a lost cursor
    stale: int = 0  # pages in a row without a follower who is new to the walk
    short: int = 0  # walks in a row that ended far short of WeChat's own count


@dataclass
class ListingState(WalkState):
    """asked … read_until belong to the current walk, the other fields to the run."""

    WEIGHT = 8

    known: int = 0  # this, gone and listed: the numbers of review.Evidence
    gone: int = 0
    listed: int = 0
    sample: list[int] = field(default_factory=list)  # row ids of some followers to decide about
    doubt: str = ""  # why a user must decide: the reason of the review to come
    approved: bool = False  # a user has decided that the list is right
    approved_by: str = ""
    kept: int = 0  # SyncPages of followers who were missing but confirmed
    cut: bool = False  # the list was restarted because the answers showed it cut short
    asked: int = 0  # followers asked about
    still: int = 0  # how many of them follow
    to_ask: list[int] = field(default_factory=list)  # row ids: the rest of the sample
    sampled: bool = False  # not all missing followers are in the sample
    ask_all: bool = False  # too many of the sample follow to decide for the others
    unconfirmed: int = 0  # followers missing from a list too old to be accepted unconfirmed
    read_until: float = 0.0  # when the last page of the walk was asked for, Unix time

    def begin_walk(self) -> None:
        self.asked = self.still = self.unconfirmed = 0
        self.read_until = 0.0
        self.to_ask, self.sampled, self.ask_all = [], False, False


@dataclass
class MembersState(WalkState):
    """Of the blacklist or the current tag; added and removed belong to the whole stage."""

    expected: int = 0  # WeChat's own count
    unknown: int = 0  # openids of this walk without a row
    read: int = 0  # openids of this walk, repetitions included
    pages: int = 0  # pages with openids, also of earlier walks
    vanished: bool = False  # an empty list is accepted: it came twice, or the count is 0 too
    added: int = 0
    removed: int = 0

    def begin_walk(self) -> None:
        self.unknown = self.read = 0

    def begin_list(self, expected: int) -> None:
        self.restarts = self.short = self.pages = 0
        self.expected, self.vanished = expected, True


class TagToRead(NamedTuple):
    """A tag whose list is still to be read, stored as a JSON list.

    expected: WeChat's own count; None for a tag that was deleted at WeChat, whose memberships are
    deleted in chunks before the tag.
    """

    tag_id: int
    wechat_id: int
    expected: int | None


@dataclass
class TagsState(MembersState):
    WEIGHT = 3

    todo: list[TagToRead] = field(default_factory=list)  # the current tag comes first
    empty: bool = False  # WeChat has listed no tags, which is accepted the second time
    lost: str = ""  # WeChat did not know the current tag: "ask" whether it is "there"
    skipped: list[str] = field(default_factory=list)  # names of tags with implausible lists
    differ: list[str] = field(default_factory=list)  # names of tags that differ from their lists

    def __post_init__(self) -> None:
        self.todo = [TagToRead(*item) for item in self.todo]


@dataclass
class DetailsState(StageState):
    WEIGHT = 8

    bad: list[str] = field(default_factory=list)  # the first openids that WeChat does not know


STATES: dict[str, type[StageState]] = {
    SyncStage.Name.LISTING: ListingState,
    SyncStage.Name.TAGS: TagsState,
    SyncStage.Name.BLACKLIST: MembersState,
    SyncStage.Name.DETAILS: DetailsState,
}


def load_state(stage: SyncStage) -> StageState:
    """Stages without a state of their own need no entry in STATES."""
    return STATES.get(stage.name, StageState).load(stage)
