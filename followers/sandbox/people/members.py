"""The members of a tag or of the blacklist, in memory that does not grow with the account.

At the start one short pattern of zeros and ones is repeated for all blocks of slots, at another
offset in each; only blocks in which members were added or removed are stored.
"""

import random
from collections.abc import Iterator
from itertools import compress, islice, takewhile
from zlib import crc32

from .openids import BLOCK
from .population import OpenidPage, Population

PERIOD = 4 * BLOCK
_EMPTY_BLOCK = bytes(BLOCK)
_CHUNK = 16 * BLOCK


def make_patterns(percentages: list[float], max_per_slot: int, seed: str) -> list[bytes]:
    """One pattern for each percentage; no slot is a member in more than `max_per_slot` of them."""
    rng = random.Random(f"members:{seed}")  # noqa: S311
    taken = bytearray(PERIOD)
    patterns = []
    for percentage in percentages:
        pattern = bytearray(PERIOD)
        for place in rng.sample(range(PERIOD), round(PERIOD * min(percentage, 100) / 100)):
            if taken[place] < max_per_slot:
                pattern[place] = 1
                taken[place] += 1
        # Twice, so that a block can begin anywhere in it.
        patterns.append(bytes(pattern) * 2)
    return patterns


class Members:
    """A set of slots. The same seed gives each block the same offset, so `max_per_slot` holds.

    `follower_count` is the number of members who follow, None before it is first needed.
    """

    def __init__(self, seed: str = "", pattern: bytes = b"") -> None:
        self._seed, self._pattern = seed, pattern
        self._changed: dict[int, bytearray] = {}
        self.follower_count: int | None = None

    def block(self, number: int) -> bytes | bytearray:
        """One byte for each slot of a block: 1 for a member."""
        changed = self._changed.get(number)
        if changed is not None:
            return changed
        if not self._pattern:
            return _EMPTY_BLOCK
        start = crc32(f"{self._seed}:{number}".encode()) % PERIOD
        return self._pattern[start : start + BLOCK]

    def has(self, slot: int) -> bool:
        return bool(self.block(slot // BLOCK)[slot % BLOCK])

    def set_slot(self, slot: int, is_member: bool) -> bool:
        """Add or remove a member; returns whether that changed anything."""
        number, place = divmod(slot, BLOCK)
        if self.has(slot) == is_member:
            return False
        if number not in self._changed:
            self._changed[number] = bytearray(self.block(number))
        self._changed[number][place] = is_member
        return True

    def flags(self, start: int, stop: int) -> bytes:
        """One byte for each slot from `start` to before `stop`."""
        first = start // BLOCK
        blocks = b"".join(self.block(number) for number in range(first, -(-stop // BLOCK)))
        return blocks[start - first * BLOCK : stop - first * BLOCK]


class MemberList:
    """The followers among some members, as a list in pages. Thread safe."""

    def __init__(self, population: Population, members: Members) -> None:
        self._population, self._members = population, members

    @property
    def total(self) -> int:
        """The number of members who follow; counted once, then updated with each change."""
        with self._population.lock:
            self._population.apply_due_events()
            if self._members.follower_count is None:
                self._members.follower_count = self.count_after(-1)
            return self._members.follower_count

    def page_after(self, slot: int, limit: int) -> OpenidPage:
        """At most `limit` of them after this slot (-1: from the first)."""
        members = islice(self._slots(slot + 1), limit)
        encode = self._population.openid_codec.encode
        return OpenidPage([encode(member) for member in members], self.total)

    def openids_up_to(self, slot: int, limit: int) -> list[str]:
        """The last `limit` of them up to this slot, inclusive."""
        slots = takewhile(lambda member: member <= slot, self._slots(max(0, slot + 1 - BLOCK)))
        return [self._population.openid_codec.encode(member) for member in list(slots)[-limit:]]

    def count_after(self, slot: int) -> int:
        """The number of them after this slot."""
        with self._population.lock:
            return self._follower_bits(slot + 1, self._population.size).bit_count()

    def openids(self) -> Iterator[str]:
        """All of them, whatever faults are on."""
        return (self._population.openid_codec.encode(slot) for slot in self._slots(0))

    def _slots(self, start: int) -> Iterator[int]:
        while start < (size := self._population.size):
            stop = min(size, start + _CHUNK)
            flags = self._follower_bits(start, stop).to_bytes(stop - start, "little")
            yield from compress(range(start, stop), flags)
            start = stop

    def _follower_bits(self, start: int, stop: int) -> int:
        """One byte for each slot, as one large integer: the fastest way to combine many bytes."""
        if start >= stop:
            return 0
        with self._population.lock:
            followers = self._population.follower_flags(start, stop)
            members = self._members.flags(start, stop)
        return int.from_bytes(followers, "little") & int.from_bytes(members, "little")
