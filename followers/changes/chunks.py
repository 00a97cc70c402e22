"""The outcome of some followers of a step, as it is stored."""

from datetime import datetime
from typing import Any

from pyroaring import BitMap64

from ..models import EditChunk, EditStep
from ..rows.bitmaps import pack


def add_chunk(
    step: EditStep, number: int, outcome: str, ids: BitMap64, at: datetime, **why: Any
) -> int:
    """Store an outcome; returns how many it counts for. No ids: the tag itself was meant."""
    count = len(ids) or 1
    EditChunk.objects.create(
        step=step,
        number=number,
        outcome=outcome,
        count=count,
        rows=pack(ids),
        first_row=ids.min() if ids else 0,
        last_row=ids.max() if ids else 0,
        stored_at=at,
        **why,
    )
    return count
