"""How many people follow two accounts, by their unionid; counted every night, for all accounts.

A unionid is the same for all accounts that the operator has bound together, and known of whose
details were read. Somebody who has another row with the same one in an account counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q

from ..history.nightly import last_night
from ..models import EPOCH, AccountOverlap, OfficialAccount
from ..rows.clock import db_now
from ..rows.dialect import fetch

# MATERIALIZED: the people are sorted out once, and spill to disk; PostgreSQL would do it twice.
_COUNT_SQL = """
    WITH person AS MATERIALIZED (
        SELECT DISTINCT unionid, account_id FROM followers_follower
        WHERE subscribed AND unionid <> ''
    )
    SELECT one.account_id, other.account_id, count(*) FROM person AS one
    JOIN person AS other ON other.unionid = one.unionid AND other.account_id >= one.account_id
    GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Overlap:
    """What was counted of some accounts, by their keys.

    counted_at: None if it never was. identified: how many present followers have a unionid, of each
    account that was counted. shared: how many people follow both of two, the lower key first; only
    those pairs that share anybody.
    """

    counted_at: datetime | None
    identified: dict[int, int]
    shared: dict[tuple[int, int], int]

    def people(self, one: int, other: int) -> int | None:
        """Who follow both; None where one of them has not been counted yet."""
        if one not in self.identified or other not in self.identified:
            return None
        pair = (min(one, other), max(one, other))
        return self.identified[one] if one == other else self.shared.get(pair, 0)


def overlap(accounts: Sequence[OfficialAccount]) -> Overlap:
    """As it was counted last. Of accounts that are not among these, nothing is read."""
    counted_at = AccountOverlap.objects.aggregate(at=Min("counted_at"))["at"]
    if counted_at is None or counted_at == EPOCH:
        return Overlap(None, {}, {})
    keys = [account.pk for account in accounts]
    pairs = AccountOverlap.objects.filter(first__in=keys, second__in=keys)
    rows = list(pairs.values_list("first", "second", "people"))
    identified = {first: people for first, second, people in rows if first == second}
    shared = {(first, second): people for first, second, people in rows if first != second}
    return Overlap(counted_at, identified, shared)


def count_overlap() -> None:
    """Count again, and replace what is stored; with fewer than two accounts, only remove it.

    Call it outside of transactions: counting millions of rows should not block writers.
    """
    counted_at, counted = db_now(), {}
    if OfficialAccount.objects.count() > 1:
        counted = {(first, second): people for first, second, people in fetch(_COUNT_SQL, [])}
    with transaction.atomic():
        # Two that were counted at once are stored one after the other, and no account is deleted
        # in between.
        accounts = OfficialAccount.objects.select_for_update(no_key=True).order_by("pk")
        keys = list(accounts.values_list("pk", flat=True))
        each = {(pk, pk): 0 for pk in keys if len(keys) > 1}
        AccountOverlap.objects.all().delete()
        AccountOverlap.objects.bulk_create(
            AccountOverlap(first_id=first, second_id=second, people=people, counted_at=counted_at)
            for (first, second), people in (each | counted).items()
            if first in keys and second in keys
        )


def take_due() -> bool:
    """Whether to count now: once a night, also where several hosts ask.

    The one who moves the time of the first account's row has taken it. The others keep theirs, and
    the oldest is the one that is told: what gets lost with its worker does not look counted, and is
    due again the next night.
    """
    keys = list(OfficialAccount.objects.order_by("pk").values_list("pk", flat=True)[:2])
    if len(keys) < 2:
        if AccountOverlap.objects.exists():
            count_overlap()
        return False
    rows = AccountOverlap.objects.filter(first=keys[0], second=keys[0])
    if not rows.exists():
        _store_uncounted()
    now = db_now()
    # A time in the future was written while the clock was ahead.
    due = rows.filter(Q(counted_at__lt=last_night(now)) | Q(counted_at__gt=now))
    return due.exists() and bool(due.update(counted_at=now))


def _store_uncounted() -> None:
    """Rows to take; another host may store them as well."""
    AccountOverlap.objects.bulk_create(
        [
            AccountOverlap(first_id=pk, second_id=pk, people=0, counted_at=EPOCH)
            for pk in OfficialAccount.objects.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )
