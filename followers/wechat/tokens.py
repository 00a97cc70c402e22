"""Access tokens and where they are kept between calls."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class AccessToken:
    """A token and how long it lives, in seconds from when it was asked for."""

    value: str = field(repr=False)
    expires_in: int


class TokenStore(Protocol):
    """Where a client's token lives. `fetch` asks WeChat; it may raise any WeChatError."""

    def current(self, fetch: Callable[[], AccessToken]) -> str:
        """A token that is believed good, fetched where there is none."""

    def replace(self, refused: str, fetch: Callable[[], AccessToken]) -> str:
        """Another token than `refused`: the one somebody else has put there, or a fresh one."""


class MemoryTokens:
    """Tokens of one process, for scripts and tests; safe between threads."""

    # A token that ends during a call would be refused in mid-walk.
    MARGIN = 300

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._value, self._good_until = "", 0.0

    def current(self, fetch: Callable[[], AccessToken]) -> str:
        """The remembered token while it is good."""
        with self._lock:
            if not self._value or self._clock() >= self._good_until:
                self._take(fetch)
            return self._value

    def replace(self, refused: str, fetch: Callable[[], AccessToken]) -> str:
        """A fresh token, unless another thread has already replaced `refused`."""
        with self._lock:
            if self._value in ("", refused):
                self._take(fetch)
            return self._value

    def _take(self, fetch: Callable[[], AccessToken]) -> None:
        asked_at = self._clock()
        token = fetch()
        # WeChat may hand out tokens of exactly 300 s: those are used for half their life.
        lifetime = max(token.expires_in - self.MARGIN, token.expires_in / 2)
        self._value, self._good_until = token.value, asked_at + lifetime
