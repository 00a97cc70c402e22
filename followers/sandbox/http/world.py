"""Everything that is simulated, apart from the connection to it."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..api.account import Account
from ..api.calls import Call
from ..api.endpoints import answer
from ..api.errors import Refused
from ..api.paths import TAG_WRITES
from ..faults.catalogue import FAULTS
from ..faults.effects import Fault
from ..faults.replies import Reply
from ..faults.switchboard import Switchboard
from ..options import Options

_MAX_LOGGED = 500


class World:
    """Accounts by AppID (the first is the default one), faults, and the record of calls."""

    def __init__(self, accounts: list[Account], options: Options) -> None:
        self.accounts = {account.app_id: account for account in accounts}
        self.default = accounts[0]
        self.options = options
        self.faults = Switchboard()
        self.log: deque[dict[str, Any]] = deque(maxlen=_MAX_LOGGED)
        self._lock = threading.Lock()
        self._call_number = 0
        self._in_flight = self._most_in_flight = 0
        self._calls: Counter[str] = Counter()
        # By path, and by AppID for calls that tag or untag: now, and at most.
        self._now: Counter[str] = Counter()
        self._most: Counter[str] = Counter()

    def reset(self) -> None:
        """As at the start: faults off, people back, tokens, quotas, counters and log forgotten."""
        self.faults.off()
        for account in self.accounts.values():
            account.reset()
        with self._lock:
            self._calls.clear()
            self._most_in_flight = self._in_flight
            self._most = +self._now
            self.log.clear()

    def fault(self, name: str, **how: Any) -> Fault:
        """Switch a fault on, see `Switchboard.on`."""
        fault = self.faults.on(name, **how)
        if FAULTS[name].drops_tokens:
            for account in self.accounts.values():
                account.tokens.drop()
        return fault

    @contextmanager
    def in_flight(self, path: str, query: dict[str, str]) -> Iterator[bool]:
        """Counts the call, and how many are being answered at the same time.

        Answers whether another call that tags or untags the account's followers is not over yet.
        """
        names = [path]
        if path in TAG_WRITES:
            names.append(self._account(query).app_id)
        with self._lock:
            self._calls[path] += 1
            self._in_flight += 1
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
            overlaps = len(names) > 1 and self._now[names[1]] > 0
            for name in names:
                self._now[name] += 1
                self._most[name] = max(self._most[name], self._now[name])
        try:
            yield overlaps
        finally:
            with self._lock:
                self._in_flight -= 1
                self._now.subtract(names)

    def answer(
        self, method: str, path: str, query: dict[str, str], body: bytes, *, overlaps: bool = False
    ) -> Reply:
        """What is sent back to one API call, spoilt by the faults that are on."""
        account = self._account(query)
        call = Call(method, path, query, body, account, self.accounts, overlaps)
        faults = self.faults.take(call)
        reply = Reply(content_type=self.options.content_type, delay=self.options.latency)
        if not any(FAULTS[fault.name].instead for fault in faults):
            try:
                reply.payload = answer(call)
            except Refused as refused:
                reply.payload = refused.body()
        for fault in faults:
            try:
                FAULTS[fault.name].effect(fault, call, reply)
            except Refused as refused:
                reply.payload = refused.body()
            reply.faults.append(fault.name)
        self._record(call, reply)
        return reply

    def state(self) -> dict[str, Any]:
        """Counts for tests and for the page; no token and no secret is in it."""
        with self._lock:
            state = {
                "calls": dict(self._calls),
                "in_flight": self._in_flight,
                "most_in_flight": self._most_in_flight,
                "most_at_once": {path: self._most[path] for path in self._calls},
            }
        accounts = [self._describe(account) for account in self.accounts.values()]
        faults = [fault.as_json() for fault in self.faults.active()]
        return {**accounts[0], "accounts": accounts, "faults": faults, **state}

    def _describe(self, account: Account) -> dict[str, Any]:
        return {
            "app_id": account.app_id,
            "followers": account.population.total,
            **account.population.events,
            "tokens_issued": dict(account.tokens.issued),
            "tags": len(account.records.tags),
            "blacklisted": account.records.followers_in(account.records.blocked).total,
            "most_tag_writes": self._most[account.app_id],
        }

    def _account(self, query: dict[str, str]) -> Account:
        token = query.get("access_token", "")
        owners = (a for a in self.accounts.values() if a.tokens.knows(token))
        return next(owners, self.default)

    def _record(self, call: Call, reply: Reply) -> None:
        facts = {name: getattr(call, name) for name in ("method", "path", "cursor")}
        facts |= {name: getattr(reply, name) for name in ("status", "code", "ids", "faults")}
        with self._lock:
            self._call_number += 1
            self.log.append({"number": self._call_number, "time": time.time(), **facts})
