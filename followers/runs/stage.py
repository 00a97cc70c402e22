"""What the engine knows of a stage: one step from a checkpoint, and what came of it."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol, TypeVar

from ..wechat.errcodes import NOT_PERMITTED
from ..wechat.errors import WeChatError

T = TypeVar("T")


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
    error_code: int | None = None


def without_permission(error: WeChatError) -> Outcome | None:
    """The stage ends with a note where the account may not call this; else None."""
    if error.code not in NOT_PERMITTED:
        return None
    return Outcome(Next.STAGE, error.kind, error.params, error.code)


STEP = Outcome(Next.STEP)
STAGE = Outcome(Next.STAGE)


class Stage(Protocol[T]):
    """One slice's view of a stage, of which a step needs a T. It knows no queues and no leases."""

    def fetch(self, *, last: bool) -> T:
        """Get what the next step needs, outside of any transaction.

        `last`: the slice ends with this step, so nothing should be fetched ahead. Raises
        WeChatError.
        """

    def store(self, fetched: T) -> Outcome:
        """Write one step; called within the run's transaction. Does no I/O but the database's."""

    def on_error(self, error: WeChatError) -> Outcome | None:
        """What an error means for a stage that a sync can do without; None: it is the run's
        trouble.

        Called within the run's transaction.
        """

    def close(self) -> None:
        """Let go of connections and threads."""
