"""Sets of row ids as compressed bitmaps (pyroaring.BitMap64).

A million followers take at most 2 MB, usually far less, because the followers of a new page get
consecutive row ids.
"""

from collections.abc import Iterable

from pyroaring import BitMap64


def pack(ids: Iterable[int]) -> bytes:
    rows = BitMap64(ids)
    rows.run_optimize()
    return bytes(rows.serialize())


def unpack(stored: bytes | memoryview) -> BitMap64:
    return BitMap64.deserialize(bytes(stored)) if stored else BitMap64()
