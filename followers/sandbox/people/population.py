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
from typing import Protocol

from .openids import BLOCK, MAX_SLOTS, Openids

NEVER, FOLLOWS, LEFT = range(3)
_PATTERN = bytes([FOLLOWS, FOLLOWS, FOLLOWS, NEVER, FOLLOWS])
_MAX_EVENTS_AT_ONCE = 10_000


def _only(status: int) -> bytes:
    return bytes(int(value == status) for value in range(256))


FLAGS = {status: _only(status) for status in (FOLLOWS, LEFT)}


@dataclass(frozen=True)
class Slice:
    """Some followers in the order of the list, and how many there are in all at that moment."""

    openids: list[str]
    total: int


class FollowerList(Protocol):
    """A list that WeChat hands out in pages."""

    @property
    def total(self) -> int: ...

    def after(self, slot: int, limit: int) -> Slice:
        """At most `limit` of them behind this slot (-1: from the first)."""

    def before(self, slot: int, limit: int) -> list[str]:
        """At most `limit` of them up to this slot, itself included."""

    def remaining(self, slot: int) -> int:
        """How many stand behind this slot in the list."""


class Population:
    """Thread safe. `churn` is the number of events (follow, unfollow, return) a minute.

    `on_move` is told the slot and the event (`joined`, `left`, `returned`) of everybody who moves.
    """

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
        self._start, self._seed, self._churn, self.clock = followers, seed, churn, clock
        self.lock = threading.RLock()
        self.on_move: Callable[[int, str], None] = lambda slot, event: None
        self.reset()

    def reset(self) -> None:
        """Everybody as at the start; the same events will happen again."""
        with self.lock:
            whole, rest = divmod(self._start, 4)
            self._status = bytearray(_PATTERN * whole + bytes([FOLLOWS]) * min(rest, 3))
            self._status.extend(bytes(64))
            self._total = self._start
            self._rng = random.Random(f"events:{self._seed}")  # noqa: S311
            self._last_event = self.clock()
            self.events = dict.fromkeys(("joined", "left", "returned"), 0)

    @property
    def total(self) -> int:
        with self.lock:
            self.catch_up()
            return self._total

    def after(self, slot: int, limit: int) -> Slice:
        """At most `limit` followers behind this slot (-1: from the first)."""
        start = slot + 1
        with self.lock:
            self.catch_up()
            window = self._status[start : start + 2 * limit]
            if window.count(FOLLOWS) < limit:
                window = self._status[start:]
            total = self._total
        flags = window.translate(FLAGS[FOLLOWS])
        return Slice(list(islice(compress(self.openids.since(start), flags), limit)), total)

    def before(self, slot: int, limit: int) -> list[str]:
        """At most `limit` followers up to this slot, itself included."""
        start = max(0, slot + 1 - 2 * limit)
        with self.lock:
            flags = self._status[start : slot + 1].translate(FLAGS[FOLLOWS])
        return list(compress(self.openids.since(start), flags))[-limit:]

    def remaining(self, slot: int) -> int:
        """How many followers stand behind this slot in the list."""
        with self.lock:
            return self._status.count(FOLLOWS, slot + 1)

    def status(self, slot: int) -> int:
        with self.lock:
            return self._status[slot] if slot < len(self._status) else NEVER

    @property
    def size(self) -> int:
        """How many slots there are by now."""
        with self.lock:
            return len(self._status)

    def following(self, start: int, stop: int) -> bytes:
        """One byte for each slot from `start` to before `stop`: 1 where somebody follows."""
        with self.lock:
            return bytes(self._status[start:stop]).translate(FLAGS[FOLLOWS])

    def pick(self, rng: random.Random) -> int | None:
        """The slot of some follower; None when nobody follows."""
        with self.lock:
            start = rng.randrange(len(self._status))
            slot = self._status.find(FOLLOWS, start)
            slot = self._status.find(FOLLOWS) if slot < 0 else slot
        return slot if slot >= 0 else None

    def all(self, status: int = FOLLOWS) -> Iterator[list[str]]:
        """The truth, some thousand openids at a time: who follows, or who has LEFT."""
        with self.lock:
            self.catch_up()
            flags = self._status.translate(FLAGS[status])
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
        with self.lock:
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
                self.on_move(slot, event)
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

    def catch_up(self) -> None:
        """The events that fell due since the last look: no thread and no timer is needed."""
        due = int((self.clock() - self._last_event) * self._churn / 60)
        if due <= 0:
            return
        self._last_event += due * 60 / self._churn
        for _ in range(min(due, _MAX_EVENTS_AT_ONCE)):
            happen = self._rng.choices((self.leave, self.join, self.come_back), (4, 4, 2))[0]
            if not happen(1):
                self.join(1)
