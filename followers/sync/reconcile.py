"""The check at the end of a complete list: it agrees with what is stored, or somebody is told.

Who is stored = who was listed ± whom newer knowledge explains. A count and the sum of the row ids
say so; only where they differ is it looked up whom they differ in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import BitMap64

from ..rows import followers
from ..rows.clock import db_now
from ..rows.followers import Total
from ..rows.future import date_back_followers


@dataclass(frozen=True)
class Difference:
    """How those who follow here differ from those who were listed.

    here: how many follow here; newer: how many differ because something was learned since the list
    was asked for. extra, missing: row ids of those who follow here and were not listed, and the
    other way round, although nothing newer explains it.
    """

    here: int
    newer: int = 0
    extra: BitMap64 = field(default_factory=BitMap64)
    missing: BitMap64 = field(default_factory=BitMap64)

    @property
    def unexplained(self) -> BitMap64:
        return self.extra | self.missing


def compare(account_id: int, listed: BitMap64, since: datetime) -> Difference:
    """Those who follow here against those whom a walk that began at `since` has listed."""
    total = followers.following(account_id)
    if total == Total.of(listed):
        return Difference(total.size)
    here = followers.following_ids(account_id)
    differ = here ^ listed
    unexplained = followers.known_outside(differ, since, db_now())
    return Difference(
        here=len(here),
        newer=len(differ - unexplained),
        extra=unexplained - listed,
        missing=unexplained & listed,
    )


def believe(account_id: int, found: Difference, since: datetime, run_id: int) -> tuple[int, int]:
    """Within a transaction: have those whom nothing explains as the list has them.

    How many have left, and how many follow again.
    """
    date_back_followers(account_id, since, found.unexplained)
    left = followers.mark_left(found.extra, since, run_id)
    returned = followers.mark_returned(found.missing, since, run_id)
    return len(left), len(returned)
