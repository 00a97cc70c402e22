"""Encodes slot numbers as openids and decodes them again.

Openids look like real ones: 28 characters, `o` first, then letters of both cases, digits, `-` and
`_`; the first six are the same within an account. Four characters encode the slot, so a cursor can
be decoded without an index of millions of strings in memory.
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


class OpenidCodec:
    """Converts slot numbers (0 to MAX_SLOTS - 1) to openids and back; a seed fixes the openids."""

    def __init__(self, seed: str) -> None:
        rng = random.Random(f"openids:{seed}")  # noqa: S311
        self._seed = seed
        self.prefix = "o" + "".join(rng.choices(ALPHABET, k=5))
        self._pairs = [a + b for a in ALPHABET for b in ALPHABET]
        rng.shuffle(self._pairs)
        self._masks = rng.sample(range(BLOCK), BLOCK)
        self._numbers = {pair: number for number, pair in enumerate(self._pairs)}
        # A page needs three blocks, and a walk returns to each of them; caching the openids of
        # five million followers would take 400 MB.
        self.block = lru_cache(maxsize=64)(self._block)
        # For single openids, which are asked for in any order; takes less memory than a block.
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

    def encode(self, slot: int) -> str:
        number, place = divmod(slot, BLOCK)
        noise = self._noise(number)[place * _NOISE : (place + 1) * _NOISE]
        return f"{self.prefix}{noise}{self._pairs[place]}{self._pairs[number ^ self._masks[place]]}"

    def openids_from(self, slot: int) -> Iterator[str]:
        """Yields the openids of this slot and of all slots after it."""
        first = slot // BLOCK
        return chain(
            self.block(first)[slot % BLOCK :],
            chain.from_iterable(self.block(number) for number in count(first + 1)),
        )

    def decode(self, openid: str) -> int | None:
        """Returns the slot of an openid, or None if it was not encoded with this seed."""
        if len(openid) != LENGTH:
            return None
        place = self._numbers.get(openid[-4:-2])
        masked = self._numbers.get(openid[-2:])
        if place is None or masked is None:
            return None
        slot = (masked ^ self._masks[place]) * BLOCK + place
        return slot if self.encode(slot) == openid else None
