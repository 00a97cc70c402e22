"""The kinds of runs, each registered by its own room (followers.apps)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..models import Run
from ..wechat.client import Client
from .messages import Reason, add_reasons
from .stage import Outcome, Stage

if TYPE_CHECKING:
    from .lease import Claim

R = TypeVar("R", bound=Run)


@dataclass(frozen=True)
class Kind(Generic[R]):
    """What the engine has to know of a kind of run.

    open: the stage that the run stands at. end_stage: within a commit, the stage has ended with
    this outcome; hand over to the next one or end the run. forget: drop what only runs that go on
    need (by their ids). reasons: what its runs wait for or end with, in words.
    """

    model: type[R]
    open: Callable[[R, Client], Stage[Any]]
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
