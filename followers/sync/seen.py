"""Which rows a walk has seen."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pyroaring import BitMap64

from ..models import SyncPage, SyncStage
from ..rows.bitmaps import unpack
from ..rows.pieces import in_pieces, reading


@dataclass
class Seen:
    """The unions over all pages of a stage; `listed` holds the rows of the walk at hand alone.

    Counters are sizes of these sets, so that an id on two pages, or in two walks, counts once.
    """

    new: BitMap64 = field(default_factory=BitMap64)
    returned: BitMap64 = field(default_factory=BitMap64)
    every: BitMap64 = field(default_factory=BitMap64)
    listed: BitMap64 = field(default_factory=BitMap64)

    @classmethod
    def of(cls, stage: SyncStage) -> "Seen":
        seen = cls()
        with reading():
            for page in in_pieces(stage.page_set.all(), 20):
                seen.add(
                    unpack(page.new_rows),
                    unpack(page.returned_rows),
                    unpack(page.unchanged_rows),
                    current=page.walk_number == stage.walk_number,
                )
        return seen

    def add(
        self, new: BitMap64, returned: BitMap64, unchanged: BitMap64, *, current: bool = True
    ) -> None:
        self.new |= new
        self.returned |= returned
        rows = new | returned | unchanged
        self.every |= rows
        if current:
            self.listed |= rows

    @property
    def changed(self) -> BitMap64:
        return self.new | self.returned


def forget(stage_ids: Iterable[int]) -> None:
    """Empty the bitmaps of stages whose run has ended; the log of pages stays."""
    SyncPage.objects.filter(stage__in=stage_ids).update(
        new_rows=b"", returned_rows=b"", unchanged_rows=b""
    )
