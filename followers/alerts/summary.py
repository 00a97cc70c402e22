"""The daily summary: what yesterday brought, and what needs attention."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from ..conditions.condition import MOMENTARY, Kind
from ..conditions.current import current
from ..conditions.facts import Facts
from ..conditions.words import explain_condition
from ..formats import format_datetime
from ..models import Alert, AlertKind, AlertTarget, OfficialAccount
from ..rows.clock import db_now
from ..statistics import figures
from ..statistics.days import DayRange, count_if_needed
from ..statistics.knowledge import is_anything_known
from .opening import ALERTED, store_deliveries

BEST_CHANNELS = 3


def open_summaries() -> None:
    """Store yesterday's summaries for the targets whose time has come.

    A server that was off tells of the last day only.
    """
    now = db_now()
    local = timezone.localtime(now)
    day = local.date() - timedelta(days=1)
    for target in AlertTarget.objects.filter(is_active=True):
        due_at = datetime.combine(local.date(), target.summary_at, local.tzinfo)
        asks_for_it = not target.kinds or AlertKind.DAILY_SUMMARY in target.kinds
        # A target that is added in the afternoon begins the next morning.
        if asks_for_it and target.created_at <= due_at <= now:
            _open(target, day, now)


def _open(target: AlertTarget, day: date, now: datetime) -> None:
    accounts = OfficialAccount.objects.filter(baseline_at__lt=_beginning_of(day))
    if target.account_id:
        accounts = accounts.filter(pk=target.account_id)
    known = target.deliveries.filter(
        alert__kind=AlertKind.DAILY_SUMMARY, alert__occurrence=str(day)
    )
    for account in accounts.exclude(pk__in=known.values("alert__account")):
        alert, _created = Alert.objects.get_or_create(
            kind=AlertKind.DAILY_SUMMARY,
            account=account,
            occurrence=str(day),
            defaults={"created_at": now, "ended_at": now},
        )
        store_deliveries(alert, [target], now)


def _beginning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def summary_text(account: OfficialAccount, occurrence: str) -> str:
    """The summary of the day `occurrence` in the active language."""
    count_if_needed(account)
    day = date.fromisoformat(occurrence)
    lines = [_day_line(account, day), *_channel_lines(account, day), _as_of(account)]
    return "\n".join(filter(None, [*lines, *_attention_lines(account)]))


def _day_line(account: OfficialAccount, day: date) -> str:
    row = figures.by_day([account], DayRange(day, day))[0]
    # Nothing, on a day of which nothing is known, is no zero.
    if not (row.joined or row.left or is_anything_known([account], DayRange(day, day))):
        return _("There are no figures of %(day)s.") % {"day": day}
    total = "–" if row.total is None else f"{row.total:,}"
    text = _("%(day)s: %(joined)s joined, %(left)s left, net %(net)s, total %(total)s.")
    numbers = {"joined": f"{row.joined:,}", "left": f"{row.left:,}", "net": f"{row.net:+,}"}
    return text % {"day": day, "total": total, **numbers}


def _channel_lines(account: OfficialAccount, day: date) -> list[str]:
    rows = figures.by_channel(account, DayRange(day, day))
    best = sorted((row for row in rows if row.joined), key=lambda row: -row.joined)
    named = [f"{row.channel or row.scene} {row.joined:,}" for row in best[:BEST_CHANNELS]]
    return [_("Best channels: %(channels)s.") % {"channels": _(", ").join(named)}] if named else []


def _as_of(account: OfficialAccount) -> str:
    if account.listed_at is None:
        return ""
    return _("As of the sync of %(time)s.") % {"time": format_datetime(account.listed_at)}


def _attention_lines(account: OfficialAccount) -> list[str]:
    found = current(Facts(OfficialAccount.objects.filter(pk=account.pk)), ALERTED)
    waits = [it for it in found if it.kind not in MOMENTARY or it.kind == Kind.FOLLOWERS_DROPPED]
    texts = [explain_condition(it).meaning for it in waits]
    return [_("Needs your attention:"), *(f"· {text}" for text in texts)] if texts else []
