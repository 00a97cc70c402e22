from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from followers.sandbox import Sandbox

from .caller import Caller

Start = Callable[..., Caller]


class Clock:
    """Unix seconds that pass only when a test says so; 08:00 in Beijing at first."""

    def __init__(self) -> None:
        self.now = 1_700_006_400.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sandboxes of 23 followers in pages of 10, unless told otherwise."""
    with ExitStack() as stack:

        def start(**options: object) -> Caller:
            sandbox = Sandbox(**({"followers": 23, "page_size": 10} | options))
            return stack.enter_context(Caller(stack.enter_context(sandbox)))

        yield start


@pytest.fixture
def wechat(start: Start) -> Caller:
    caller = start()
    # The token is there before a fault is, so that the fault hits the call in question.
    assert caller.token
    return caller
