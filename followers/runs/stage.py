"""The interface between the engine and a kind of run: stages, their steps, and their outcomes.

Each kind is registered at start-up (followers.apps).
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
from .lease import Claim, RunT
from .messages import ReasonTexts, register_reasons

FetchedT = TypeVar("FetchedT")


class NextAction(Enum):
    STEP = auto()
    """Another step of the same stage."""
    STAGE = auto()
    """This stage is done."""
    REVIEW = auto()
    """The result looks wrong; a user decides."""
    FAIL = auto()
    """The run cannot go on."""


@dataclass(frozen=True)
class Outcome:
    """What a stored step means for the run. Reason and params go into its message."""

    next: NextAction
    reason: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    error_code: int | None = None


NEXT_STEP = Outcome(NextAction.STEP)
NEXT_STAGE = Outcome(NextAction.STAGE)


def outcome_if_not_permitted(error: WeChatError) -> Outcome | None:
    """End the stage with a note if the account may not make this call; otherwise None."""
    if error.code not in NOT_PERMITTED:
        return None
    return Outcome(NextAction.STAGE, error.kind, error.params, error.code)


class Stage(Protocol[FetchedT]):
    """A stage as opened for one slice. It knows no queues and no leases."""

    def fetch(self, *, is_last_step: bool) -> FetchedT:
        """Fetch what the next step needs, outside of any transaction. Raises WeChatError.

        `is_last_step`: the slice ends with this step, so nothing should be prefetched.
        """

    def store(self, fetched: FetchedT) -> Outcome:
        """Write one step. Called within the run's transaction; only database I/O is allowed."""

    def on_error(self, error: WeChatError) -> Outcome | None:
        """Handle an error that the run can go on after; None: the run waits or fails.

        Called within the run's transaction.
        """

    def close(self) -> None:
        """Close connections and threads."""


@dataclass(frozen=True)
class RunKind(Generic[RunT]):
    """How the engine treats the runs of one model.

    open: returns the run's current stage. end_stage: called within a commit when a stage has ended
    with this outcome; hands over to the next stage or ends the run. clean_up: deletes what only
    runs that go on need (by run ids). reasons: the texts for what its runs wait for or end with.
    """

    model: type[RunT]
    open: Callable[[RunT, Client], Stage]
    end_stage: Callable[[Claim[RunT], Outcome], None]
    clean_up: Callable[..., None] = lambda *run_ids: None
    reasons: Mapping[str, ReasonTexts] = field(default_factory=dict)


_kinds: dict[type[Run], RunKind[Any]] = {}


def register(kind: RunKind[Any]) -> None:
    _kinds[kind.model] = kind
    register_reasons(kind.reasons)


def run_kind(model: type[RunT]) -> RunKind[RunT]:
    """Raises KeyError for a model that is not registered."""
    return _kinds[model]


def run_models() -> Iterator[type[Run]]:
    """The registered models, in the order of their registration."""
    return iter(tuple(_kinds))
