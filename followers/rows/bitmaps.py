"""Sets of row ids as compressed bitmaps (pyroaring.BitMap64).

A million followers take 2 MB at the most, usually far less, because a page that is new gets row ids
in sequence.
"""

from collections.abc import Iterable

from pyroaring import BitMap64


def pack(ids: Iterable[int]) -> bytes:
    rows = BitMap64(ids)
    rows.run_optimize()
    return bytes(rows.serialize())


def unpack(stored: bytes | memoryview) -> BitMap64:
    return BitMap64.deserialize(bytes(stored)) if stored else BitMap64()
