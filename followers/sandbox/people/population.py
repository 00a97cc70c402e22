"""The followers of a simulated account, and follows and unfollows.

Every person has a slot. The follower list is in the order of slots, which is independent of the
time of following. One slot in five is empty at the start, or belongs to somebody who has left, so
that new followers appear anywhere in the list. A slot takes one byte: five million followers take
six megabytes.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, islice
from typing import Protocol

from .openids import BLOCK, MAX_SLOTS, OpenidCodec

NEVER_FOLLOWED, FOLLOWS, LEFT = range(3)
_INITIAL_PATTERN = bytes([FOLLOWS, FOLLOWS, FOLLOWS, NEVER_FOLLOWED, FOLLOWS])
_PATTERN_WITH_LEFT = bytes([FOLLOWS, FOLLOWS, FOLLOWS, LEFT, FOLLOWS]) + _INITIAL_PATTERN
_MAX_EVENTS_AT_ONCE = 10_000


# For bytes.translate: 1 for this status, 0 for others.
_FLAG_TABLES = {
    status: bytes(int(value == status) for value in range(256)) for status in (FOLLOWS, LEFT)
}


@dataclass(frozen=True)
class OpenidPage:
    """Some followers in the order of the list, and the length of the whole list at that moment."""

    openids: list[str]
    total: int


class FollowerList(Protocol):
    """A list of followers that the API returns in pages."""

    @property
    def total(self) -> int: ...

    def page_after(self, slot: int, limit: int) -> OpenidPage:
        """At most `limit` of them after this slot (-1: from the first)."""

    def openids_up_to(self, slot: int, limit: int) -> list[str]:
        """The last `limit` of them up to this slot, inclusive."""

    def count_after(self, slot: int) -> int:
        """The number of them after this slot."""


class Population:
    """Thread safe. `churn` is the number of events (follow, unfollow, return) a minute.

    `with_left`: whether half of the slots that are otherwise empty at the start belong to people
    who have left.

    `on_event` is called with the slot and the event (`joined`, `left`, `returned`) of each change.
    """

    def __init__(
        self,
        followers: int,
        seed: str,
        *,
        churn: float = 0,
        with_left: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not 0 <= followers <= MAX_SLOTS * 3 // 4:
            raise ValueError(f"between 0 and {MAX_SLOTS * 3 // 4} followers can be simulated")
        self.openid_codec = OpenidCodec(seed)
        self._initial_total, self._seed, self._churn, self.clock = followers, seed, churn, clock
        # Ten slots, eight of which follow.
        self._pattern = _PATTERN_WITH_LEFT if with_left else _INITIAL_PATTERN * 2
        self.lock = threading.RLock()
        self.on_event: Callable[[int, str], None] = lambda slot, event: None
        self.reset()

    def reset(self) -> None:
        """Restores the initial followers; the same random events follow again."""
        with self.lock:
            whole, rest = divmod(self._initial_total, 4)
            self._status = bytearray(self._pattern * (whole // 2 + 1))[: 5 * whole]
            self._status.extend(bytes([FOLLOWS]) * rest)
            self._status.extend(bytes(64))
            self._total = self._initial_total
            self._rng = random.Random(f"events:{self._seed}")  # noqa: S311
            self._last_event = self.clock()
            self.events = dict.fromkeys(("joined", "left", "returned"), 0)

    @property
    def total(self) -> int:
        with self.lock:
            self.apply_due_events()
            return self._total

    def page_after(self, slot: int, limit: int) -> OpenidPage:
        start = slot + 1
        with self.lock:
            self.apply_due_events()
            window = self._status[start : start + 2 * limit]
            if window.count(FOLLOWS) < limit:
                window = self._status[start:]
            total = self._total
        flags = window.translate(_FLAG_TABLES[FOLLOWS])
        openids = compress(self.openid_codec.openids_from(start), flags)
        return OpenidPage(list(islice(openids, limit)), total)

    def openids_up_to(self, slot: int, limit: int) -> list[str]:
        start = max(0, slot + 1 - 2 * limit)
        with self.lock:
            flags = self._status[start : slot + 1].translate(_FLAG_TABLES[FOLLOWS])
        return list(compress(self.openid_codec.openids_from(start), flags))[-limit:]

    def count_after(self, slot: int) -> int:
        with self.lock:
            return self._status.count(FOLLOWS, slot + 1)

    def status(self, slot: int) -> int:
        with self.lock:
            return self._status[slot] if slot < len(self._status) else NEVER_FOLLOWED

    @property
    def size(self) -> int:
        """The number of slots, used or not."""
        with self.lock:
            return len(self._status)

    def follower_flags(self, start: int, stop: int) -> bytes:
        """One byte for each slot from `start` to before `stop`: 1 for a follower."""
        with self.lock:
            return bytes(self._status[start:stop]).translate(_FLAG_TABLES[FOLLOWS])

    def pick_follower(self, rng: random.Random) -> int | None:
        """The slot of a random follower, or None if there is none."""
        with self.lock:
            start = rng.randrange(len(self._status))
            slot = self._status.find(FOLLOWS, start)
            slot = self._status.find(FOLLOWS) if slot < 0 else slot
        return slot if slot >= 0 else None

    def openid_blocks(self, status: int = FOLLOWS) -> Iterator[list[str]]:
        """The openids of all slots with this status, some thousand at a time."""
        with self.lock:
            self.apply_due_events()
            flags = self._status.translate(_FLAG_TABLES[status])
        for start in range(0, len(flags), BLOCK):
            block = self.openid_codec.block(start // BLOCK)
            yield list(compress(block, flags[start : start + BLOCK]))

    def leave(self, count_or_openids: int | Iterable[str]) -> list[str]:
        """That many random followers, or these, unfollow; returns those who did, maybe fewer."""
        return self._change_status(count_or_openids, FOLLOWS, LEFT, "left")

    def come_back(self, count_or_openids: int | Iterable[str]) -> list[str]:
        """That many former followers, or these, follow again; returns those who did."""
        return self._change_status(count_or_openids, LEFT, FOLLOWS, "returned")

    def join(self, count_or_openids: int | Iterable[str]) -> list[str]:
        """That many new people, or these, follow for the first time; returns those who did."""
        return self._change_status(count_or_openids, NEVER_FOLLOWED, FOLLOWS, "joined")

    def _change_status(
        self, count_or_openids: int | Iterable[str], old: int, new: int, event: str
    ) -> list[str]:
        with self.lock:
            # Lazy on purpose: a slot is chosen after the change of the one before.
            chosen: Iterator[int]
            if isinstance(count_or_openids, int):
                chosen = islice(iter(lambda: self._pick_slot(old), None), count_or_openids)
            else:
                found = (self._slot_with_status(openid, old) for openid in count_or_openids)
                chosen = (slot for slot in found if slot is not None)
            changed = []
            for slot in chosen:
                self._status[slot] = new
                self.on_event(slot, event)
                changed.append(self.openid_codec.encode(slot))
            self._total += (new == FOLLOWS) * len(changed) - (old == FOLLOWS) * len(changed)
            self.events[event] += len(changed)
        return changed

    def _pick_slot(self, status: int) -> int | None:
        start = self._rng.randrange(len(self._status))
        slot = self._status.find(status, start)
        if slot < 0:
            slot = self._status.find(status, 0, start)
        if slot < 0 and status == NEVER_FOLLOWED and len(self._status) < MAX_SLOTS:
            slot = len(self._status)
            room = min(max(64, slot // 4), MAX_SLOTS - slot)
            self._status.extend(bytes(room))
        return slot if slot >= 0 else None

    def _slot_with_status(self, openid: str, status: int) -> int | None:
        slot = self.openid_codec.decode(openid)
        return slot if slot is not None and self.status(slot) == status else None

    def apply_due_events(self) -> None:
        """Makes the events that are due since the last call; needs no thread or timer."""
        due = int((self.clock() - self._last_event) * self._churn / 60)
        if due <= 0:
            return
        self._last_event += due * 60 / self._churn
        for _ in range(min(due, _MAX_EVENTS_AT_ONCE)):
            make_event = self._rng.choices((self.leave, self.join, self.come_back), (4, 4, 2))[0]
            if not make_event(1):
                self.join(1)
