"""Access tokens of one account, of both kinds, with the rules of their documentation."""

import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .errors import Refused

MAX_OVERLAP = 300
MAX_FORCED_A_DAY = 20
MIN_SECONDS_BETWEEN_FORCED = 30
_SHAPE = re.compile(r"[A-Za-z0-9_-]{100,512}")
_MAX_KNOWN = 200
_BEIJING = 8 * 3600


def day(now: float) -> int:
    """The number of the day in Beijing, where WeChat's daily counters start anew."""
    return int((now + _BEIJING) // 86400)


@dataclass
class Token:
    value: str
    expires_at: float
    # A token that was replaced works for a while beside its successor, then is "not latest".
    replaced_at: float | None = None


class Tokens:
    """Thread safe. Classic and stable tokens know nothing of each other.

    `ttl` in seconds. A short one shortens the five minutes in which old and new token both work
    and a stable token is renewed early, to half of it: otherwise every call would renew.
    """

    def __init__(self, ttl: float, clock: Callable[[], float]) -> None:
        self.ttl = ttl
        self.overlap = min(MAX_OVERLAP, ttl / 2)
        self.issued: Counter[str] = Counter()
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Token] = {}
        self._current: dict[str, Token] = {}
        self._forced: list[float] = []

    def classic(self) -> tuple[str, int]:
        """Value and seconds to live; the token before it works for five more minutes."""
        with self._lock:
            return self._renew("classic", self._clock() + self.overlap)

    def stable(self, *, force: bool = False) -> tuple[str, int]:
        """Value and seconds to live: the same token until its last five minutes.

        Forced, the present token dies at once; 20 times a day, and a second call within 30
        seconds changes nothing. Refused: 45009 when the day's twenty are used up.
        """
        with self._lock:
            now = self._clock()
            current = self._current.get("stable")
            if force and self._may_force(now):
                return self._renew("stable", now)
            if current and current.expires_at - now > self.overlap:
                return current.value, int(current.expires_at - now)
            return self._renew("stable", now + self.overlap)

    def check(self, value: str) -> None:
        """Refused (41001, 40014, 40001 or 42001) unless the token is good."""
        if not value:
            raise Refused(41001)
        if not _SHAPE.fullmatch(value):
            raise Refused(40014)
        with self._lock:
            token, now = self._known.get(value), self._clock()
        if token is None or (token.replaced_at is not None and token.replaced_at <= now):
            raise Refused(40001)
        if token.expires_at <= now:
            raise Refused(42001)

    def knows(self, value: str) -> bool:
        with self._lock:
            return value in self._known

    def drop(self) -> None:
        """Every token of this account is bad from now on."""
        with self._lock:
            self._known.clear()
            self._current.clear()

    def _may_force(self, now: float) -> bool:
        if self._forced and now - self._forced[-1] < MIN_SECONDS_BETWEEN_FORCED:
            return False
        self._forced = [at for at in self._forced if day(at) == day(now)]
        if len(self._forced) >= MAX_FORCED_A_DAY:
            raise Refused(45009)
        self._forced.append(now)
        return True

    def _renew(self, kind: str, old_until: float) -> tuple[str, int]:
        if old := self._current.get(kind):
            old.replaced_at = old_until
        token = Token(f"90_{secrets.token_urlsafe(100)}", self._clock() + self.ttl)
        self._current[kind] = self._known[token.value] = token
        while len(self._known) > _MAX_KNOWN:
            del self._known[next(iter(self._known))]
        self.issued[kind] += 1
        return token.value, int(self.ttl)
