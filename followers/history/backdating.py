"""Backdating of statuses and subscriptions that were stored while the clock was ahead.

A walk would consider such rows newer than itself, and ignore WeChat's answer about them. So before
a walk begins, every time later than now is set to just before its start (`moment`). Must be called
within a transaction.

If it is now that the clock is wrong, behind, those times are right. Then WeChat's own times, which
no clock of ours moves, lie in the future too: nothing is changed, and whoever has news later than
now stays as they are until the clock is right again.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Case, F, Max, Q, QuerySet, When

from ..models import OfficialAccount, Run, Subscription, SyncStage
from ..rows.backdating import ONE_MICROSECOND
from ..rows.clock import db_now
from ..rows.dialect import dialect, execute, set_param, time_param
from ..rows.locks import advisory_lock
from ..rows.memberships import copy_followed_at_of_account
from . import recount
from .observations import CLOCK_TOLERANCE
from .periods import EXACT
from .recount import Recount

logger = logging.getLogger(__name__)

# An exact time is among them only where it was cut off on arrival, or a list was decided on.
_TIMES = ("began_after", "began_at", "ended_after", "ended_at", "ended_before")


def backdate_followers(
    account_id: int, moment: datetime, ids: Iterable[int] | None = None, *, is_decided: bool = False
) -> None:
    """Backdate the statuses and details of all followers, or of those with `ids`.

    is_decided: a person has said that WeChat's list is right, so it is even where our clock is not.
    """
    advisory_lock(account_id)
    now = db_now()
    if not is_decided and _is_clock_behind(account_id, now):
        logger.warning(
            "The database's clock is behind: WeChat dated something in account %s later than now, "
            "%s. What is known from later stays as it is.",
            account_id,
            now,
        )
        return
    rows = OfficialAccount.objects.filter(pk=account_id)
    rows.filter(listed_at__gt=now).update(listed_at=moment - ONE_MICROSECOND)
    changed = _backdate_statuses(account_id, now, moment - ONE_MICROSECOND, ids)
    if changed:
        copy_followed_at_of_account(account_id)
    if changed or rows.filter(baseline_at__gt=now).exists():
        _backdate_subscriptions(account_id, now, moment)


def _is_clock_behind(account_id: int, now: datetime) -> bool:
    """Whether WeChat dated a beginning later than now: none was when it arrived (`exact_time`)."""
    future = now + CLOCK_TOLERANCE
    rows = Subscription.objects.filter(account=account_id, began_at__gt=future, began_by__in=EXACT)
    return rows.exists()


def _backdate_statuses(
    account_id: int, now: datetime, before: datetime, ids: Iterable[int] | None
) -> int:
    """Set times of followers that lie after `now` to `before`; returns the number of rows changed.

    `details_synced_at` becomes NULL where the details are older than the status, because they would
    be read again anyway. `ids` limits this to some followers.
    """
    condition = "" if ids is None else f"AND id IN ({dialect().ids_sql})"
    sql = f"""
        UPDATE followers_follower SET
            status_as_of = CASE WHEN status_as_of > %s THEN %s ELSE status_as_of END,
            details_synced_at = CASE WHEN NOT details_synced_at > %s THEN details_synced_at
                WHEN details_synced_at >= status_as_of THEN %s END,
            first_seen_at = CASE WHEN first_seen_at > %s THEN %s ELSE first_seen_at END,
            unsubscribed_at = CASE WHEN unsubscribed_at > %s THEN %s ELSE unsubscribed_at END
        WHERE account_id = %s AND (status_as_of > %s OR details_synced_at > %s) {condition}
    """  # noqa: S608
    future = time_param(now)
    params = [future, time_param(before)] * 4 + [account_id, future, future]
    return execute(sql, params if ids is None else [*params, set_param(ids)])


def _backdate_subscriptions(account_id: int, now: datetime, moment: datetime) -> None:
    """Shift subscriptions, baseline and walks equally: equal times show which walk found an ending.

    What that changes in the daily figures is told.
    """
    rows = Subscription.objects.filter(account=account_id)
    account = OfficialAccount.objects.get(pk=account_id)
    latest = rows.aggregate(**{name: Max(name) for name in _TIMES})
    ahead = max((at for at in [*latest.values(), account.baseline_at] if at), default=now)
    if ahead <= now:
        return
    earlier = ahead - moment + ONE_MICROSECOND
    future = Q(*((f"{name}__gt", now) for name in _TIMES), _connector=Q.OR)
    moved = set(rows.filter(future).values_list("follower", flat=True))
    _shift(rows.filter(future), now, earlier)
    _set_unsubscribed_at(moved)
    baseline = OfficialAccount.objects.filter(pk=account_id, baseline_at__gt=now)
    baseline.update(baseline_at=F("baseline_at") - earlier)
    days = recount.correct(account_id)
    recount.report(account, Recount(was_new=False, days=days, following=None), by_clock=True)
    walks = SyncStage.objects.filter(run__account=account_id, walk_started_at__gt=now)
    # A walk that is under way starts again.
    walks.exclude(run__status__in=Run.ACTIVE).update(walk_started_at=F("walk_started_at") - earlier)


def _set_unsubscribed_at(follower_ids: Iterable[int]) -> None:
    sql = f"""
        UPDATE followers_follower SET unsubscribed_at = (
            SELECT max(ended_at) FROM followers_subscription AS s
            WHERE s.follower_id = followers_follower.id
        ) WHERE unsubscribed_at IS NOT NULL AND id IN ({dialect().ids_sql})
    """  # noqa: S608
    execute(sql, [set_param(follower_ids)])


def _shift(rows: QuerySet[Subscription], now: datetime, earlier: timedelta) -> None:
    """Only times after `now`; an end that would come before its beginning is set to that."""

    def shifted(name: str) -> Case:
        return Case(When(**{f"{name}__gt": now}, then=F(name) - earlier), default=F(name))

    values = {name: shifted(name) for name in _TIMES}
    overtaken = When(
        ended_at__gt=now, began_at__lte=now, began_at__gt=F("ended_at") - earlier, then="began_at"
    )
    values["ended_at"] = Case(overtaken, default=shifted("ended_at"))
    rows.update(**values)
