"""Access tokens and their stores."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class AccessToken:
    """A token and its lifetime in seconds, from the time of the request."""

    value: str = field(repr=False)
    expires_in: int


class TokenStore(Protocol):
    """Stores a client's token. `fetch` requests one from WeChat; it may raise any WeChatError."""

    def current(self, fetch: Callable[[], AccessToken]) -> str:
        """The stored token, or a new one where there is none or it has expired."""

    def replace(self, refused: str, fetch: Callable[[], AccessToken]) -> str:
        """Another token than `refused`: the stored one if it has been replaced, or a new one."""


class MemoryTokens:
    """Keeps the token in memory, for scripts and tests; thread-safe."""

    # A token that expires during a call would be refused.
    MARGIN_SECONDS = 300

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._value, self._expires_at = "", 0.0

    def current(self, fetch: Callable[[], AccessToken]) -> str:
        with self._lock:
            if not self._value or self._clock() >= self._expires_at:
                self._fetch(fetch)
            return self._value

    def replace(self, refused: str, fetch: Callable[[], AccessToken]) -> str:
        with self._lock:
            if self._value in ("", refused):
                self._fetch(fetch)
            return self._value

    def _fetch(self, fetch: Callable[[], AccessToken]) -> None:
        requested_at = self._clock()
        token = fetch()
        # WeChat may return tokens that expire in 300 s: those are used for half their lifetime.
        lifetime = max(token.expires_in - self.MARGIN_SECONDS, token.expires_in / 2)
        self._value, self._expires_at = token.value, requested_at + lifetime
