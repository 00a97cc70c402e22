"""What the engine knows of a kind of run: its stages, one step from a checkpoint, what came of it.

Each kind registers itself (followers.apps).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

from ..models import Run
from ..wechat.client import Client
from ..wechat.errcodes import NOT_PERMITTED
from ..wechat.errors import WeChatError
from .lease import Claim, R
from .messages import Reason, add_reasons

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
        """What an error means for a stage that its run can do without; None: it is the run's
        trouble.

        Called within the run's transaction.
        """

    def close(self) -> None:
        """Let go of connections and threads."""


@dataclass(frozen=True)
class Kind(Generic[R]):
    """Runs of one model.

    open: the stage that the run stands at. end_stage: within a commit, the stage has ended with
    this outcome; hand over to the next one or end the run. forget: drop what only runs that go on
    need (by their ids). reasons: what its runs wait for or end with, in words.
    """

    model: type[R]
    open: Callable[[R, Client], Stage]
    end_stage: Callable[[Claim[R], Outcome], None]
    forget: Callable[..., None] = lambda *run_ids: None
    reasons: Mapping[str, Reason] = field(default_factory=dict)


_kinds: dict[type[Run], Kind[Any]] = {}


def register(kind: Kind[Any]) -> None:
    _kinds[kind.model] = kind
    add_reasons(kind.reasons)


def kind_of(model: type[R]) -> Kind[R]:
    """KeyError where nobody has registered such runs."""
    return _kinds[model]


def kinds() -> Iterator[type[Run]]:
    """The models of all kinds, in the order in which they were registered."""
    return iter(tuple(_kinds))
