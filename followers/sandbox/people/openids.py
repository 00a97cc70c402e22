"""Openids made up from a seed and a slot number, and read back to the slot again.

They look as the real ones do: 28 characters, `o` first, then letters of both cases, digits, `-`
and `_`, the first six the same within an account. The slot hides in four of the characters, so
that a cursor is understood without an index of millions of strings in memory.
"""

import base64
import hashlib
import random
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, count

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BLOCK = len(ALPHABET) ** 2
MAX_SLOTS = BLOCK * BLOCK
LENGTH = 28
_NOISE = 18


class Openids:
    """Slot number (0 to MAX_SLOTS - 1) to openid and back; the same seed gives the same ids."""

    def __init__(self, seed: str) -> None:
        rng = random.Random(f"openids:{seed}")  # noqa: S311
        self._seed = seed
        self.prefix = "o" + "".join(rng.choices(ALPHABET, k=5))
        self._pairs = [a + b for a in ALPHABET for b in ALPHABET]
        rng.shuffle(self._pairs)
        self._masks = rng.sample(range(BLOCK), BLOCK)
        self._numbers = {pair: number for number, pair in enumerate(self._pairs)}
        # Whole blocks are kept, a few at a time: a page needs three, and a walk comes back to
        # each of them; all of five million would be 400 MB.
        self.block = lru_cache(maxsize=64)(self._block)
        # What a single id is made of takes less room, and people are asked about in any order.
        self._noise = lru_cache(maxsize=512)(self._make_noise)

    def _make_noise(self, number: int) -> str:
        source = hashlib.shake_256(f"{self._seed}:{number}".encode())
        return base64.urlsafe_b64encode(source.digest(BLOCK * _NOISE * 3 // 4)).decode()

    def _block(self, number: int) -> list[str]:
        noise = self._make_noise(number)
        prefix, pairs = self.prefix, self._pairs
        return [
            f"{prefix}{noise[at : at + _NOISE]}{pair}{pairs[number ^ mask]}"
            for at, pair, mask in zip(range(0, len(noise), _NOISE), pairs, self._masks, strict=True)
        ]

    def at(self, slot: int) -> str:
        number, place = divmod(slot, BLOCK)
        noise = self._noise(number)[place * _NOISE : (place + 1) * _NOISE]
        return f"{self.prefix}{noise}{self._pairs[place]}{self._pairs[number ^ self._masks[place]]}"

    def since(self, slot: int) -> Iterator[str]:
        """The ids of this slot and of all after it, made as they are asked for."""
        first = slot // BLOCK
        return chain(
            self.block(first)[slot % BLOCK :],
            chain.from_iterable(self.block(number) for number in count(first + 1)),
        )

    def slot(self, openid: str) -> int | None:
        """The slot of an openid; None if this seed never made it."""
        if len(openid) != LENGTH:
            return None
        place = self._numbers.get(openid[-4:-2])
        masked = self._numbers.get(openid[-2:])
        if place is None or masked is None:
            return None
        slot = (masked ^ self._masks[place]) * BLOCK + place
        return slot if self.at(slot) == openid else None
