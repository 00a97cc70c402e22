"""Who follows a simulated account, and how people come and go.

Every person has a slot; the list of followers is in the order of slots, which has nothing to do
with the time of following. One slot in five is empty at the start, so that somebody new can
appear anywhere in the list. One byte a slot: five million people are six megabytes.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, islice

from .openids import BLOCK, MAX_SLOTS, Openids

NEVER, FOLLOWS, LEFT = range(3)
_PATTERN = bytes([FOLLOWS, FOLLOWS, FOLLOWS, NEVER, FOLLOWS])
_MAX_EVENTS_AT_ONCE = 10_000


def _only(status: int) -> bytes:
    return bytes(int(value == status) for value in range(256))


_FLAGS = {status: _only(status) for status in (FOLLOWS, LEFT)}


@dataclass(frozen=True)
class Slice:
    """Some followers in the order of the list, and how many there are in all at that moment."""

    openids: list[str]
    total: int


class Population:
    """Thread safe. `churn` is the number of events (follow, unfollow, return) a minute."""

    def __init__(
        self,
        followers: int,
        seed: str,
        *,
        churn: float = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 <= followers <= MAX_SLOTS * 3 // 4:
            raise ValueError(f"between 0 and {MAX_SLOTS * 3 // 4} followers can be simulated")
        self.openids = Openids(seed)
        self._start, self._seed, self._churn, self._clock = followers, seed, churn, clock
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Everybody as at the start; the same events will happen again."""
        with self._lock:
            whole, rest = divmod(self._start, 4)
            self._status = bytearray(_PATTERN * whole + bytes([FOLLOWS]) * min(rest, 3))
            self._status.extend(bytes(64))
            self._total = self._start
            self._rng = random.Random(f"events:{self._seed}")  # noqa: S311
            self._last_event = self._clock()
            self.events = dict.fromkeys(("joined", "left", "returned"), 0)

    @property
    def total(self) -> int:
        with self._lock:
            self._catch_up()
            return self._total

    def after(self, slot: int, limit: int) -> Slice:
        """At most `limit` followers behind this slot (-1: from the first)."""
        start = slot + 1
        with self._lock:
            self._catch_up()
            window = self._status[start : start + 2 * limit]
            if window.count(FOLLOWS) < limit:
                window = self._status[start:]
            total = self._total
        flags = window.translate(_FLAGS[FOLLOWS])
        return Slice(list(islice(compress(self.openids.since(start), flags), limit)), total)

    def before(self, slot: int, limit: int) -> list[str]:
        """At most `limit` followers up to this slot, itself included."""
        start = max(0, slot + 1 - 2 * limit)
        with self._lock:
            flags = self._status[start : slot + 1].translate(_FLAGS[FOLLOWS])
        return list(compress(self.openids.since(start), flags))[-limit:]

    def remaining(self, slot: int) -> int:
        """How many followers stand behind this slot in the list."""
        with self._lock:
            return self._status.count(FOLLOWS, slot + 1)

    def status(self, slot: int) -> int:
        with self._lock:
            return self._status[slot] if slot < len(self._status) else NEVER

    def all(self, status: int = FOLLOWS) -> Iterator[list[str]]:
        """The truth, some thousand openids at a time: who follows, or who has LEFT."""
        with self._lock:
            self._catch_up()
            flags = self._status.translate(_FLAGS[status])
        for start in range(0, len(flags), BLOCK):
            block = self.openids.block(start // BLOCK)
            yield list(compress(block, flags[start : start + BLOCK]))

    def leave(self, who: int | Iterable[str]) -> list[str]:
        """So many, or just these people, unfollow; answers who did (fewer if fewer follow)."""
        return self._move(who, FOLLOWS, LEFT, "left")

    def come_back(self, who: int | Iterable[str]) -> list[str]:
        """So many, or just these, of those who left follow again; answers who did."""
        return self._move(who, LEFT, FOLLOWS, "returned")

    def join(self, who: int | Iterable[str]) -> list[str]:
        """So many people who never followed do so now; answers who they are."""
        return self._move(who, NEVER, FOLLOWS, "joined")

    def _move(self, who: int | Iterable[str], old: int, new: int, event: str) -> list[str]:
        with self._lock:
            # Lazy on purpose: each slot is chosen after the one before has moved.
            chosen: Iterator[int]
            if isinstance(who, int):
                chosen = islice(iter(lambda: self._pick(old), None), who)
            else:
                found = (self._known(openid, old) for openid in who)
                chosen = (slot for slot in found if slot is not None)
            moved = []
            for slot in chosen:
                self._status[slot] = new
                moved.append(self.openids.at(slot))
            self._total += (new == FOLLOWS) * len(moved) - (old == FOLLOWS) * len(moved)
            self.events[event] += len(moved)
        return moved

    def _pick(self, status: int) -> int | None:
        start = self._rng.randrange(len(self._status))
        slot = self._status.find(status, start)
        if slot < 0:
            slot = self._status.find(status, 0, start)
        if slot < 0 and status == NEVER and len(self._status) < MAX_SLOTS:
            slot = len(self._status)
            room = min(max(64, slot // 4), MAX_SLOTS - slot)
            self._status.extend(bytes(room))
        return slot if slot >= 0 else None

    def _known(self, openid: str, status: int) -> int | None:
        slot = self.openids.slot(openid)
        return slot if slot is not None and self.status(slot) == status else None

    def _catch_up(self) -> None:
        """The events that fell due since the last look: no thread and no timer is needed."""
        due = int((self._clock() - self._last_event) * self._churn / 60)
        if due <= 0:
            return
        self._last_event += due * 60 / self._churn
        for _ in range(min(due, _MAX_EVENTS_AT_ONCE)):
            happen = self._rng.choices((self.leave, self.join, self.come_back), (4, 4, 2))[0]
            if not happen(1):
                self.join(1)
