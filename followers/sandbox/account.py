"""A simulated account, and the options that all accounts share."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .console import Console
from .errors import Refused
from .population import Population
from .records import MOST_OWN_TAGS, Records
from .tokens import Tokens, day

# Well known on purpose: they open nothing but this simulation.
DEMO_APP_ID = "wx5a4db0c5a4db0c50"
DEMO_APP_SECRET = "5a4db0c5a4db0c505a4db0c5a4db0c50"  # noqa: S105
DEMO_FOLLOWERS = 23_000

JSON_TYPE = "application/json; encoding=utf-8"


# What Tencent publishes for newly registered accounts, and a guess for the paths it leaves out.
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
    """Calls of one path in a day: allowed, made, and left."""

    daily_limit: int
    used: int
    remain: int


@dataclass(frozen=True)
class Options:
    """How the simulation behaves; times in seconds.

    `strict_cursor` answers 40003 to the cursor of somebody who has left since; without it the
    cursor still marks a place. Which of them WeChat does is not known.
    `quotas` are daily limits by path, refused with 45009 when used up. The usual limit of a path
    without one is only told, so that a sandbox lasts as long as somebody plays with it.
    `tags` of its own are there at the start, each on `tag_percent` of the followers (None: on some
    more, on some less). `unionid`: whether the account is bound to an Open Platform account.
    `hostile` gives some people texts that break careless pages. `forgets` drops the tags, remark
    and blocking of those who leave and come back: what WeChat does is not known.
    `tag_rate` answers 45169 to more calls that tag or untag in a second (0: never).
    `delete_limit` is the most followers of a tag that can be deleted.
    """

    page_size: int = 10_000
    blank_id: bool = True
    strict_cursor: bool = False
    content_type: str = JSON_TYPE
    token_ttl: float = 7200
    latency: float = 0
    churn: float = 0
    quotas: Mapping[str, int] = field(default_factory=dict)
    blacklist_page_size: int = 1_000
    tags: int = 8
    tag_percent: float | None = None
    unionid: bool = True
    hostile: bool = False
    forgets: bool = False
    tag_rate: int = 0
    delete_limit: int = 100_000

    def __post_init__(self) -> None:
        if not 0 <= self.tags <= MOST_OWN_TAGS:
            raise ValueError(f"an account has between 0 and {MOST_OWN_TAGS} tags")


class Account:
    """Credentials, tokens, quotas used and followers of one account."""

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
        # The same seed gives other people to another account, as WeChat does.
        self.population = Population(
            followers, f"{seed}:{app_id}", churn=self.options.churn, clock=clock
        )
        self.records = Records(self.population, f"{seed}:{app_id}", seed, self.options)
        self.console = Console(self.records, f"{seed}:{app_id}")
        self._lock = threading.Lock()
        self._forget()

    def reset(self) -> None:
        """As at the start: people, tokens and quotas."""
        with self.population.lock:
            self.population.reset()
            self.records.reset()
            self.console.reset()
        self._forget()

    def _forget(self) -> None:
        self.tokens = Tokens(self.options.token_ttl, self.clock)
        self._used: Counter[tuple[int, str]] = Counter()
        self._tag_writes: deque[float] = deque()

    def spend(self, path: str) -> None:
        """Count one call against the day's quota; refused with 45009 when it is used up."""
        limit = self.options.quotas.get(path)
        key = (day(self.clock()), path)
        with self._lock:
            if limit is not None and self._used[key] >= limit:
                raise Refused(45009)
            self._used[key] += 1

    def quota(self, path: str) -> Quota:
        """Today's numbers of one path, as openapi/quota/get tells them."""
        usual = DAILY_LIMITS.get(path, UNPUBLISHED_LIMIT)
        limit = self.options.quotas.get(path, usual)
        with self._lock:
            used = self._used[day(self.clock()), path]
        return Quota(limit, used, max(0, limit - used))

    def keep_pace(self) -> None:
        """Count one call that tags or untags; refused with 45169 when they come too quickly."""
        if not self.options.tag_rate:
            return
        with self._lock:
            now = self.clock()
            while self._tag_writes and self._tag_writes[0] <= now - 1:
                self._tag_writes.popleft()
            if len(self._tag_writes) >= self.options.tag_rate:
                raise Refused(45169)
            self._tag_writes.append(now)
