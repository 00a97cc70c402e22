"""A simulated account: its credentials, tokens, quotas and followers."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from ..options import Options
from ..people.console import Console
from ..people.population import Population
from ..people.records import Records
from .errors import ApiError
from .flow import FollowerFlow
from .tokens import Tokens, beijing_day

# Public on purpose: they are accepted by this simulation only.
DEMO_APP_ID = "wx5a4db0c5a4db0c50"
DEMO_APP_SECRET = "5a4db0c5a4db0c505a4db0c5a4db0c50"  # noqa: S105
DEMO_FOLLOWERS = 23_000

# Tencent's published limits of new accounts, and a guess for other paths.
# https://developers.weixin.qq.com/doc/service/Message_Management/API_Call_Limits.html
DAILY_LIMITS = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/user/get": 500,
    "/cgi-bin/user/info": 5_000_000,
    "/cgi-bin/user/info/updateremark": 10_000,
}
UNPUBLISHED_LIMIT = 500_000


@dataclass(frozen=True)
class Quota:
    """Today's calls of one path."""

    daily_limit: int
    used: int
    remain: int


class Account:
    def __init__(
        self,
        app_id: str = DEMO_APP_ID,
        app_secret: str = DEMO_APP_SECRET,
        followers: int = DEMO_FOLLOWERS,
        seed: str = "1",
        options: Options | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app_id, self.app_secret = app_id, app_secret
        self.options = options or Options()
        self.clock = clock
        # Openids differ between accounts, as at WeChat.
        self.population = Population(
            followers,
            f"{seed}:{app_id}",
            churn=self.options.churn,
            with_left=self.options.lives,
            clock=clock,
        )
        self.records = Records(self.population, f"{seed}:{app_id}", seed, self.options)
        self.flow = FollowerFlow(self.records)
        self.console = Console(self.records, f"{seed}:{app_id}")
        self._lock = threading.Lock()
        self._clear()

    def reset(self) -> None:
        """Restores followers, tokens and quotas as at the start."""
        with self.population.lock:
            self.population.reset()
            self.records.reset()
            self.console.reset()
        self._clear()

    def _clear(self) -> None:
        self.tokens = Tokens(self.options.token_ttl, self.clock)
        self._used: Counter[tuple[int, str]] = Counter()
        self._tag_writes: deque[float] = deque()

    def count_call(self, path: str) -> None:
        """Counts a call. Raises ApiError (45009) if the day's quota is used up."""
        limit = self.options.quotas.get(path)
        key = (beijing_day(self.clock()), path)
        with self._lock:
            if limit is not None and self._used[key] >= limit:
                raise ApiError(45009)
            self._used[key] += 1

    def quota(self, path: str) -> Quota:
        """The answer of openapi/quota/get for one path."""
        usual = DAILY_LIMITS.get(path, UNPUBLISHED_LIMIT)
        limit = self.options.quotas.get(path, usual)
        with self._lock:
            used = self._used[beijing_day(self.clock()), path]
        return Quota(limit, used, max(0, limit - used))

    def count_tag_write(self) -> None:
        """Counts a call that tags or untags. Raises ApiError (45169) above the rate limit."""
        if not self.options.tag_rate:
            return
        with self._lock:
            now = self.clock()
            while self._tag_writes and self._tag_writes[0] <= now - 1:
                self._tag_writes.popleft()
            if len(self._tag_writes) >= self.options.tag_rate:
                raise ApiError(45169)
            self._tag_writes.append(now)
