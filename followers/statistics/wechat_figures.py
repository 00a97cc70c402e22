"""WeChat's own figures of each day, fetched every morning: when, which days, and what is stored.

WeChat has yesterday's figures from 08:00 on, in Beijing, and sometimes later or with rows missing,
so each day is asked for on three mornings. wechat_days.py reads what is stored.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from ..accounts.client import client_for
from ..accounts.usage import record_calls
from ..models import OfficialAccount, WeChatDay, WeChatFigures
from ..rows.clock import db_now
from ..wechat.client import Client
from ..wechat.datacube import CumulateRow, SummaryRow
from ..wechat.errcodes import STATISTICS_NOT_READY
from ..wechat.error_table import MIDNIGHT
from ..wechat.errors import BEIJING, WeChatError, wait_seconds
from ..wechat.limits import FIRST_STATISTICS_DAY, MAX_STATISTICS_DAYS
from .days import DAY, DayRange

logger = logging.getLogger(__name__)

# Half an hour after WeChat has them, and the accounts within another half an hour.
READY_AFTER = timedelta(hours=8, minutes=30)
SPREAD_SECONDS = 1_800
# A day is final once it was asked for so long after it.
FINAL_AFTER = timedelta(days=3)
# After a temporary error, and when a task was lost with its worker.
RETRY_AFTER = timedelta(minutes=30)
REST_AFTER = timedelta(minutes=1)
# At each wake, every ten seconds. Tasks that pile up would delay runs, and while none is under way,
# the supervisor takes workers for stuck that leave tasks waiting.
MAX_TAKEN = 1
# Two calls each. A task also ends after SYNC_TURN_SECONDS.
MAX_SPANS = 30
# A call's share of a step: a worker is not kept long by a WeChat that does not answer.
DEADLINE_SHARE = 0.25


def take_due() -> list[int]:
    """Up to MAX_TAKEN accounts to fetch now; each is handed out once, also to several hosts."""
    now = db_now()
    # A later time was written while the clock was ahead.
    latest = _morning(_beijing_day(now) + DAY) + timedelta(seconds=SPREAD_SECONDS)
    due = Q(wechat_figures_due_at=None) | Q(wechat_figures_due_at__lte=now)
    due |= Q(wechat_figures_due_at__gt=latest)
    accounts = OfficialAccount.objects.filter(due).exclude(baseline_at=None).exclude(app_secret="")
    accounts = accounts.order_by(F("wechat_figures_due_at").asc(nulls_first=True), "pk")
    return [
        pk
        for pk in accounts.values_list("pk", flat=True)[:MAX_TAKEN]
        if OfficialAccount.objects.filter(due, pk=pk).update(
            wechat_figures_due_at=now + RETRY_AFTER
        )
    ]


def fetch(account_id: int) -> None:
    """Ask WeChat for the days that are not final, and plan the next time.

    WeChat's errors are stored as the account's problem. Call it outside of transactions.
    """
    account = OfficialAccount.objects.filter(pk=account_id).exclude(app_secret="").first()
    if account is None or account.baseline_at is None:
        return
    try:
        is_complete = _fetch_days(account, account.baseline_at)
    except WeChatError as error:
        _store_error(account, error)
        return
    now = db_now()
    due_at = _next_morning(account, now) if is_complete else now + REST_AFTER
    _update(account, wechat_figures_due_at=due_at, wechat_figures_problem=None)


def _fetch_days(account: OfficialAccount, baseline_at: datetime) -> bool:
    """Whether no day is left to ask for."""
    started = time.monotonic()
    now = db_now()
    days = DayRange(max(_beijing_day(baseline_at), FIRST_STATISTICS_DAY), _last_ready_day(now))
    spans = list(_spans(_days_to_ask(account, days, now)))
    with client_for(account, settings.SYNC_STEP_SECONDS * DEADLINE_SHARE) as client:
        for number, span in enumerate(spans, 1):
            _fetch_span(client, account, span)
            if number == MAX_SPANS or time.monotonic() - started >= settings.SYNC_TURN_SECONDS:
                return number == len(spans)
    return True


def _fetch_span(client: Client, account: OfficialAccount, span: DayRange) -> None:
    asked_at = db_now()
    try:
        summary = client.user_summary(span.first, span.last)
        cumulate = client.user_cumulate(span.first, span.last)
    finally:
        # Refused calls count, too.
        record_calls(account.pk, client.take_calls())
    _store(account, span, asked_at, summary, cumulate)


def _days_to_ask(account: OfficialAccount, days: DayRange, now: datetime) -> list[date]:
    """The newest first; without those that are final or were asked for since this morning."""
    # An answer from later than now is one that the clock has dated wrongly.
    answered = WeChatDay.objects.filter(account=account, asked_at__lte=now)
    this_morning = _morning(_last_ready_day(now) + DAY)
    answered = answered.filter(Q(is_final=True) | Q(asked_at__gte=this_morning))
    known = set(answered.values_list("day", flat=True))
    return [day for day in reversed(list(days)) if day not in known]


def _spans(days: Iterable[date]) -> Iterator[DayRange]:
    """Days, the newest first, as ranges of which each fits into one call."""
    span: DayRange | None = None
    for day in days:
        if span and day == span.first - DAY and (span.last - day).days < MAX_STATISTICS_DAYS:
            span = DayRange(day, span.last)
            continue
        if span:
            yield span
        span = DayRange(day, day)
    if span:
        yield span


@transaction.atomic
def _store(
    account: OfficialAccount,
    span: DayRange,
    asked_at: datetime,
    summary: Iterable[SummaryRow],
    cumulate: Iterable[CumulateRow],
) -> None:
    """Replace what is stored of these days."""
    # The rows of the days come first: another task with the same days waits for them.
    WeChatDay.objects.bulk_create(
        _answers(account, span, asked_at, cumulate),
        update_conflicts=True,
        update_fields=["total", "asked_at", "is_final"],
        unique_fields=["account", "day"],
    )
    stored = WeChatFigures.objects.filter(account=account)
    stored.filter(day__gte=span.first, day__lte=span.last).delete()
    WeChatFigures.objects.bulk_create(_figures(account, summary))


def _answers(
    account: OfficialAccount, span: DayRange, asked_at: datetime, cumulate: Iterable[CumulateRow]
) -> list[WeChatDay]:
    totals = {row.day: row.total for row in cumulate}
    last_final = _beijing_day(asked_at) - FINAL_AFTER
    answers = [WeChatDay(account=account, day=day, asked_at=asked_at) for day in span]
    for answer in answers:
        answer.total, answer.is_final = totals.get(answer.day), answer.day <= last_final
    return answers


def _figures(account: OfficialAccount, summary: Iterable[SummaryRow]) -> list[WeChatFigures]:
    """Rows of one day and source are added up."""
    joined: Counter[tuple[date, int]] = Counter()
    left: Counter[tuple[date, int]] = Counter()
    for row in summary:
        joined[row.day, row.source] += row.joined
        left[row.day, row.source] += row.left
    return [
        WeChatFigures(account=account, day=day, source=source, joined=count, left=left[day, source])
        for (day, source), count in sorted(joined.items())
    ]


def _store_error(account: OfficialAccount, error: WeChatError) -> None:
    """What WeChat has not counted yet is no problem; everything else is told on the page."""
    now = db_now()
    logger.warning("WeChat's figures of %s could not be fetched: %s", account.app_id, error)
    values: dict[str, object] = {"wechat_figures_due_at": _retry_at(account, error, now)}
    if error.code != STATISTICS_NOT_READY:
        facts = {"code": error.code, "kind": error.kind, "params": error.params}
        values["wechat_figures_problem"] = facts | {"at": now.isoformat()}
    _update(account, **values)


def _retry_at(account: OfficialAccount, error: WeChatError, now: datetime) -> datetime:
    """Tomorrow where only a person or another day can help, even if today's time is to come."""
    tomorrow = _morning(_beijing_day(now) + DAY) + _spread(account)
    seconds = wait_seconds(error, now)
    if seconds is None or error.wait == MIDNIGHT:
        return tomorrow
    return min(now + max(RETRY_AFTER, timedelta(seconds=seconds)), tomorrow)


def _next_morning(account: OfficialAccount, now: datetime) -> datetime:
    today = _morning(_beijing_day(now)) + _spread(account)
    return today if today > now else today + DAY


def _morning(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), BEIJING) + READY_AFTER


def _last_ready_day(now: datetime) -> date:
    """Before the morning, WeChat refuses a call that includes yesterday (61503)."""
    return _beijing_day(now - READY_AFTER) - DAY


def _spread(account: OfficialAccount) -> timedelta:
    """Many accounts do not call in the same second."""
    return timedelta(seconds=account.pk * 61 % SPREAD_SECONDS)


def _beijing_day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def _update(account: OfficialAccount, **values: object) -> None:
    OfficialAccount.objects.filter(pk=account.pk).update(**values)
