"""The simulated accounts, active faults and recorded calls, without HTTP."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..api.account import Account
from ..api.calls import Call
from ..api.endpoints import answer
from ..api.errors import ApiError
from ..api.paths import TAG_WRITES
from ..faults.active import ActiveFaults
from ..faults.catalogue import FAULTS
from ..faults.effects import Fault
from ..faults.replies import Reply
from ..options import Options

_MAX_LOGGED = 500


class Simulation:
    """Accounts by AppID (the first is the default one), active faults and recorded calls."""

    def __init__(self, accounts: list[Account], options: Options) -> None:
        self.accounts = {account.app_id: account for account in accounts}
        self.default = accounts[0]
        self.options = options
        self.faults = ActiveFaults()
        self.log: deque[dict[str, Any]] = deque(maxlen=_MAX_LOGGED)
        self._lock = threading.Lock()
        self._call_number = 0
        self._in_flight = self._max_in_flight = 0
        self._calls: Counter[str] = Counter()
        # Calls in flight by path, and by AppID for calls that tag or untag.
        self._running: Counter[str] = Counter()
        self._max_running: Counter[str] = Counter()

    def reset(self) -> None:
        """Switches all faults off and restores accounts, counters and log as at the start."""
        self.faults.switch_off()
        for account in self.accounts.values():
            account.reset()
        with self._lock:
            self._calls.clear()
            self._max_in_flight = self._in_flight
            self._max_running = +self._running
            self.log.clear()

    def fault(self, name: str, **options: Any) -> Fault:
        """See `ActiveFaults.switch_on`."""
        fault = self.faults.switch_on(name, **options)
        if FAULTS[name].revokes_tokens:
            for account in self.accounts.values():
                account.tokens.revoke_all()
        return fault

    @contextmanager
    def in_flight(self, path: str, query: dict[str, str]) -> Iterator[bool]:
        """Counts the call as in flight.

        Yields whether it tags or untags while another such call of the account is in flight.
        """
        keys = [path]
        if path in TAG_WRITES:
            keys.append(self._account_of(query).app_id)
        with self._lock:
            self._calls[path] += 1
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            has_overlap = len(keys) > 1 and self._running[keys[1]] > 0
            for key in keys:
                self._running[key] += 1
                self._max_running[key] = max(self._max_running[key], self._running[key])
        try:
            yield has_overlap
        finally:
            with self._lock:
                self._in_flight -= 1
                self._running.subtract(keys)

    def respond(
        self, method: str, path: str, query: dict[str, str], body: bytes, has_overlap: bool = False
    ) -> Reply:
        """The reply to an API call, changed by the active faults."""
        account = self._account_of(query)
        call = Call(method, path, query, body, account, self.accounts, has_overlap)
        faults = self.faults.take_for(call)
        reply = Reply(content_type=self.options.content_type, delay=self.options.latency)
        if not any(FAULTS[fault.name].replaces_answer for fault in faults):
            try:
                reply.payload = answer(call)
            except ApiError as error:
                reply.payload = error.body()
        for fault in faults:
            try:
                FAULTS[fault.name].effect(fault, call, reply)
            except ApiError as error:
                reply.payload = error.body()
            reply.faults.append(fault.name)
        self._record(call, reply)
        return reply

    def state(self) -> dict[str, Any]:
        """Counts for tests and for the page, without tokens and secrets."""
        with self._lock:
            state = {
                "calls": dict(self._calls),
                "in_flight": self._in_flight,
                "most_in_flight": self._max_in_flight,
                "most_at_once": {path: self._max_running[path] for path in self._calls},
            }
        accounts = [self._describe(account) for account in self.accounts.values()]
        faults = [fault.as_json() for fault in self.faults.all()]
        return {**accounts[0], "accounts": accounts, "faults": faults, **state}

    def _describe(self, account: Account) -> dict[str, Any]:
        return {
            "app_id": account.app_id,
            "followers": account.population.total,
            **account.population.events,
            "tokens_issued": dict(account.tokens.issued),
            "tags": len(account.records.tags),
            "blacklisted": account.records.followers_in(account.records.blacklisted).total,
            "most_tag_writes": self._max_running[account.app_id],
        }

    def _account_of(self, query: dict[str, str]) -> Account:
        token = query.get("access_token", "")
        owners = (a for a in self.accounts.values() if a.tokens.is_known(token))
        return next(owners, self.default)

    def _record(self, call: Call, reply: Reply) -> None:
        entry = {name: getattr(call, name) for name in ("method", "path", "cursor")}
        entry |= {name: getattr(reply, name) for name in ("status", "code", "ids", "faults")}
        with self._lock:
            self._call_number += 1
            self.log.append({"number": self._call_number, "time": time.time(), **entry})
