"""Who belongs to a tag or to the blacklist, in memory that does not grow with the account.

At the start a short pattern of zeros and ones stands for everybody, laid out anew for each block
of slots; only blocks in which somebody was put in or taken out are kept.
"""

import random
from collections.abc import Iterator
from itertools import compress, islice, takewhile
from zlib import crc32

from .openids import BLOCK
from .population import Population, Slice

PERIOD = 4 * BLOCK
_NOBODY = bytes(BLOCK)
_CHUNK = 16 * BLOCK


def make_patterns(shares: list[float], max_per_slot: int, seed: str) -> list[bytes]:
    """One pattern for each share (in percent); no slot is in more than `max_per_slot` of them."""
    rng = random.Random(f"members:{seed}")  # noqa: S311
    taken = bytearray(PERIOD)
    made = []
    for share in shares:
        pattern = bytearray(PERIOD)
        for place in rng.sample(range(PERIOD), round(PERIOD * min(share, 100) / 100)):
            if taken[place] < max_per_slot:
                pattern[place] = 1
                taken[place] += 1
        # Twice, so that a block can begin anywhere in it.
        made.append(bytes(pattern) * 2)
    return made


class Members:
    """A set of slots. The same seed lays out patterns alike, so that the maximum holds everywhere.

    `followers` is how many of them follow, None until somebody has counted.
    """

    def __init__(self, seed: str = "", pattern: bytes = b"") -> None:
        self._seed, self._pattern = seed, pattern
        self._changed: dict[int, bytearray] = {}
        self.followers: int | None = None

    def block(self, number: int) -> bytes | bytearray:
        """One byte for each slot of a block: 1 for a member."""
        changed = self._changed.get(number)
        if changed is not None:
            return changed
        if not self._pattern:
            return _NOBODY
        start = crc32(f"{self._seed}:{number}".encode()) % PERIOD
        return self._pattern[start : start + BLOCK]

    def has(self, slot: int) -> bool:
        return bool(self.block(slot // BLOCK)[slot % BLOCK])

    def set_slot(self, slot: int, inside: bool) -> bool:
        """Take somebody in or out; answers whether that changed anything."""
        number, place = divmod(slot, BLOCK)
        if self.has(slot) == inside:
            return False
        if number not in self._changed:
            self._changed[number] = bytearray(self.block(number))
        self._changed[number][place] = inside
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
        """How many they are; counted once, and kept right by those who change it."""
        with self._population.lock:
            self._population.catch_up()
            if self._members.followers is None:
                self._members.followers = self.remaining(-1)
            return self._members.followers

    def after(self, slot: int, limit: int) -> Slice:
        """At most `limit` of them behind this slot (-1: from the first)."""
        slots = islice(self._slots(slot + 1), limit)
        return Slice([self._population.openids.at(one) for one in slots], self.total)

    def before(self, slot: int, limit: int) -> list[str]:
        """At most `limit` of the nearest ones up to this slot, itself included."""
        slots = takewhile(lambda one: one <= slot, self._slots(max(0, slot + 1 - BLOCK)))
        return [self._population.openids.at(one) for one in list(slots)[-limit:]]

    def remaining(self, slot: int) -> int:
        """How many stand behind this slot in the list."""
        with self._population.lock:
            return self._both(slot + 1, self._population.size).bit_count()

    def all(self) -> Iterator[str]:
        """The truth: everybody in it who follows now."""
        return (self._population.openids.at(slot) for slot in self._slots(0))

    def _slots(self, start: int) -> Iterator[int]:
        while start < (size := self._population.size):
            stop = min(size, start + _CHUNK)
            flags = self._both(start, stop).to_bytes(stop - start, "little")
            yield from compress(range(start, stop), flags)
            start = stop

    def _both(self, start: int, stop: int) -> int:
        """As one large number: the quickest way to combine many bytes without a loop."""
        if start >= stop:
            return 0
        with self._population.lock:
            following = self._population.following(start, stop)
            members = self._members.flags(start, stop)
        return int.from_bytes(following, "little") & int.from_bytes(members, "little")
