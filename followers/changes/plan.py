"""What a change would do, before anybody has confirmed it."""

from dataclasses import dataclass, replace
from math import ceil

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..accounts.usage import Quota, quota_for
from ..models import Follower, OfficialAccount
from ..rows.cursors import iterate, read_transaction
from . import rows
from .change import Change, Refused, kind_of
from .eligibility import ineligible

# A call to WeChat and what is stored after it, as far as one can tell beforehand.
SECONDS_A_CALL = 0.3
SECONDS_LOCALLY = 0.2


@dataclass(frozen=True)
class Plan:
    """skipped: how many of the selected, by reason (skip_words). days: 1 unless a quota is short.

    quota: None where WeChat tells no limit for these calls, or none is made. overwritten: how many
    of those who change have another remark or note now.
    """

    selected: int
    will_change: int
    skipped: dict[str, int]
    calls: int
    seconds: float
    quota: Quota | None
    days: int
    overwritten: int = 0


def plan(account: OfficialAccount, people: QuerySet[Follower], change: Change) -> Plan:
    """Count what would happen to these followers of the account; nothing is written or sent."""
    ids = ids_of(account, people)
    skipped = ineligible(account.pk, change, ids)
    numbers = {reason: len(who) for reason, who in skipped.items()}
    found = forecast(account, change.action, len(ids), numbers)
    if change.kind.subject != "text":
        return found
    changing = ids.difference(*skipped.values())
    return replace(found, overwritten=len(changing & rows.texted(account.pk, change.action)))


def forecast(account: OfficialAccount, action: str, selected: int, skipped: dict[str, int]) -> Plan:
    kind = kind_of(action)
    will_change = selected - sum(skipped.values())
    steps = ceil(will_change / kind.size)
    quota = quota_for(account, kind.path) if kind.path else None
    return Plan(
        selected=selected,
        will_change=will_change,
        skipped=skipped,
        calls=steps if kind.path else 0,
        seconds=steps * (SECONDS_A_CALL if kind.path else SECONDS_LOCALLY),
        quota=quota,
        days=days_needed(steps, quota),
    )


def days_needed(calls: int, quota: Quota | None) -> int:
    """1 unless what is left of today's quota does not suffice."""
    if quota is None or calls <= quota.left:
        return 1
    return 1 + ceil((calls - quota.left) / max(quota.limit, 1))


def ids_of(account: OfficialAccount, people: QuerySet[Follower]) -> BitMap64:
    """The row ids of a selection, as far as they are of this account."""
    own = people.filter(account=account).order_by().values_list("pk", flat=True)
    with read_transaction():
        return BitMap64(iterate(own, 20_000))


def check(account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
    """Raise Refused for what WeChat would refuse whomever it concerns (ChangeKind.check)."""
    if change.tag is not None and change.tag.account_id != account.pk:
        raise Refused(_("This tag belongs to another account."))
    change.kind.check(account, change, emptied=emptied)
