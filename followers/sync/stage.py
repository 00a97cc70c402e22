"""What the engine knows of a stage: one step from a checkpoint, and what came of it."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol


class Next(Enum):
    STEP = auto()
    """Another step of the same stage."""
    STAGE = auto()
    """This stage is done."""
    REVIEW = auto()
    """The result looks wrong; a person decides."""
    FAIL = auto()
    """Going on makes no sense."""


@dataclass(frozen=True)
class Outcome:
    """What a stored step means for the run; reason and params go into its message."""

    next: Next
    reason: str = ""
    params: dict[str, Any] = field(default_factory=dict)


STEP = Outcome(Next.STEP)
STAGE = Outcome(Next.STAGE)


class Stage(Protocol):
    """One slice's view of a stage. It knows neither queues nor leases."""

    def fetch(self, *, last: bool) -> Any:
        """Get what the next step needs, outside of any transaction.

        `last`: the slice ends with this step, so nothing should be fetched ahead. Raises
        WeChatError.
        """

    def store(self, fetched: Any) -> Outcome:
        """Write one step; called within the run's transaction. Does no I/O but the database's."""

    def close(self) -> None:
        """Let go of connections and threads."""
