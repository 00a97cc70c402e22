"""What a change would do, to be shown before a user confirms it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..accounts.usage import Quota, quota_for
from ..models import Follower, OfficialAccount
from ..rows.cursors import iterate, read_transaction
from .change import Change, ChangeRefused, kind_of
from .eligibility import find_ineligible
from .follower_sets import FollowerSets

# Estimates: an API call with the commit after it, and a step without a call.
SECONDS_PER_CALL = 0.3
SECONDS_PER_LOCAL_STEP = 0.2
MAX_EXAMPLES = 10


@dataclass(frozen=True)
class Overwritten:
    """A text that is going to be replaced."""

    openid: str
    remark: str
    before: str


@dataclass(frozen=True)
class Plan:
    """skipped: number by reason (skip_reason_texts). days: 1 unless the quota is too small.

    quota: None if no calls are made, or WeChat tells no limit for them. overwritten: how many of
    those who change have another remark or note now; examples: the newest followers of them.
    """

    selected: int
    will_change: int
    skipped: dict[str, int]
    calls: int
    seconds: float
    quota: Quota | None
    days: int
    overwritten: int = 0
    examples: Sequence[Overwritten] = ()


def make_plan(account: OfficialAccount, followers: QuerySet[Follower], change: Change) -> Plan:
    """Plan a change of these followers of the account; writes and sends nothing."""
    ids = follower_ids(account, followers)
    skipped = find_ineligible(account.pk, change, ids)
    numbers = {reason: len(found) for reason, found in skipped.items()}
    plan = forecast(account, change.action, len(ids), numbers)
    if change.kind.subject != "text":
        return plan
    changing = ids.difference(*skipped.values())
    texted = changing & FollowerSets(account.pk, changing).with_any_text(change.action)
    examples = list(_examples(texted, change.action))
    return replace(plan, overwritten=len(texted), examples=examples)


def _examples(ids: BitMap64, column: str) -> Iterator[Overwritten]:
    newest = Follower.objects.filter(pk__in=list(ids[-MAX_EXAMPLES:])).order_by("-pk")
    for row in newest.values_list("openid", "remark", column):
        yield Overwritten(*row)


def forecast(account: OfficialAccount, action: str, selected: int, skipped: dict[str, int]) -> Plan:
    kind = kind_of(action)
    will_change = selected - sum(skipped.values())
    steps = ceil(will_change / kind.followers_per_step)
    quota = quota_for(account, kind.path) if kind.path else None
    return Plan(
        selected=selected,
        will_change=will_change,
        skipped=skipped,
        calls=steps if kind.path else 0,
        seconds=steps * (SECONDS_PER_CALL if kind.path else SECONDS_PER_LOCAL_STEP),
        quota=quota,
        days=days_needed(steps, quota),
    )


def days_needed(calls: int, quota: Quota | None) -> int:
    """1 unless today's remaining quota is too small."""
    if quota is None or calls <= quota.left:
        return 1
    return 1 + ceil((calls - quota.left) / max(quota.limit, 1))


def follower_ids(account: OfficialAccount, followers: QuerySet[Follower]) -> BitMap64:
    """The row ids of a selection, without followers of other accounts."""
    ids = followers.filter(account=account).order_by().values_list("pk", flat=True)
    with read_transaction():
        return BitMap64(iterate(ids, 20_000))


def check_change(account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
    """Raise ChangeRefused if WeChat would refuse the change for all (ChangeKind.check)."""
    if change.tag is not None and change.tag.account_id != account.pk:
        raise ChangeRefused(_("This tag belongs to another account."))
    change.kind.check(account, change, is_emptied=is_emptied)
