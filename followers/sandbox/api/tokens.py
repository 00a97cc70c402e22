"""The classic and stable access tokens of an account, with the rules that WeChat documents."""

import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .errors import ApiError

MAX_OVERLAP = 300
MAX_FORCED_A_DAY = 20
MIN_SECONDS_BETWEEN_FORCED = 30
_TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{100,512}")
_MAX_TOKENS = 200
_BEIJING_OFFSET = 8 * 3600


def beijing_day(now: float) -> int:
    """The number of the day in Beijing, where WeChat resets its daily counters at midnight."""
    return int((now + _BEIJING_OFFSET) // 86400)


@dataclass
class Token:
    value: str
    expires_at: float
    # A replaced token stays valid until then; after it, the error is "not latest".
    replaced_at: float | None = None


class Tokens:
    """Thread safe. Classic and stable tokens are independent of each other.

    `ttl` in seconds. Old and new token overlap for five minutes, and a stable token is renewed that
    early; with a short ttl for half of it, or else each call would renew the token.
    """

    def __init__(self, ttl: float, clock: Callable[[], float]) -> None:
        self.ttl = ttl
        self.overlap = min(MAX_OVERLAP, ttl / 2)
        self.issued: Counter[str] = Counter()
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}
        self._forced_at: list[float] = []

    def issue_classic(self) -> tuple[str, int]:
        """Returns a new token and its lifetime in seconds; the old one is valid for 5 minutes."""
        with self._lock:
            return self._renew("classic", self._clock() + self.overlap)

    def issue_stable(self, *, force: bool = False) -> tuple[str, int]:
        """Returns the token and its lifetime in seconds; a new one in its last five minutes.

        `force` replaces the token and revokes the old one at once. It works 20 times a day, then
        raises ApiError (45009); within 30 seconds of the last time it is ignored.
        """
        with self._lock:
            now = self._clock()
            current = self._latest.get("stable")
            if force and self._can_force(now):
                return self._renew("stable", now)
            if current and current.expires_at - now > self.overlap:
                return current.value, int(current.expires_at - now)
            return self._renew("stable", now + self.overlap)

    def check(self, value: str) -> None:
        """Raises ApiError (41001, 40014, 40001 or 42001) for an invalid token."""
        if not value:
            raise ApiError(41001)
        if not _TOKEN_PATTERN.fullmatch(value):
            raise ApiError(40014)
        with self._lock:
            token, now = self._tokens.get(value), self._clock()
        if token is None or (token.replaced_at is not None and token.replaced_at <= now):
            raise ApiError(40001)
        if token.expires_at <= now:
            raise ApiError(42001)

    def is_known(self, value: str) -> bool:
        with self._lock:
            return value in self._tokens

    def revoke_all(self) -> None:
        """Makes all tokens of this account invalid."""
        with self._lock:
            self._tokens.clear()
            self._latest.clear()

    def _can_force(self, now: float) -> bool:
        if self._forced_at and now - self._forced_at[-1] < MIN_SECONDS_BETWEEN_FORCED:
            return False
        self._forced_at = [at for at in self._forced_at if beijing_day(at) == beijing_day(now)]
        if len(self._forced_at) >= MAX_FORCED_A_DAY:
            raise ApiError(45009)
        self._forced_at.append(now)
        return True

    def _renew(self, kind: str, old_valid_until: float) -> tuple[str, int]:
        if old := self._latest.get(kind):
            old.replaced_at = old_valid_until
        token = Token(f"90_{secrets.token_urlsafe(100)}", self._clock() + self.ttl)
        self._latest[kind] = self._tokens[token.value] = token
        while len(self._tokens) > _MAX_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self.issued[kind] += 1
        return token.value, int(self.ttl)
