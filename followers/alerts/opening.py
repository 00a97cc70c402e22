"""What is told: each condition once when it begins, and once when it is over.

Every supervisor looks at every wake; the constraints of Alert and AlertDelivery let one of them
store each. An alert and its messages are stored together, so what is stored is sent.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from ..conditions.condition import MOMENTARY, Condition, Kind
from ..conditions.current import current
from ..conditions.facts import Facts
from ..models import Alert, AlertDelivery, AlertKind, AlertTarget, OfficialAccount, Run, SyncRun
from ..rows.clock import db_now

ALERTED = tuple(kind for kind in Kind if kind in AlertKind.values)
# WeChat is often away for a minute.
WAIT_UNTIL_TOLD = timedelta(minutes=15)

Key = tuple[str, int | None, str]


def update_alerts(kinds: Collection[Kind] = ALERTED) -> None:
    """Store what has begun, and what is over."""
    now = db_now()
    found = current(Facts(OfficialAccount.objects.all()), kinds)
    known = _known(found)
    for condition in found:
        if _key_of(condition) not in known and _has_lasted(condition, now):
            _begin(condition, now)
    lasting = {_key_of(condition) for condition in found}
    for alert in Alert.objects.filter(ended_at=None, kind__in=kinds):
        if _is_over(alert, lasting):
            _end(alert, now)


def targets_of(kind: str, account: OfficialAccount | None) -> QuerySet[AlertTarget]:
    """Who is told: those for this account and for all; of the installation, everybody."""
    targets = AlertTarget.objects.filter(is_active=True)
    if account is not None:
        targets = targets.filter(Q(account=account) | Q(account=None))
    # A list in JSON is not searched alike on all databases; there are few targets.
    told = [row.pk for row in targets if not row.kinds or kind in row.kinds]
    return targets.filter(pk__in=told)


def store_deliveries(
    alert: Alert, targets: Iterable[AlertTarget], now: datetime, *, is_over: bool = False
) -> None:
    rows = [
        AlertDelivery(alert=alert, target=row, is_over=is_over, created_at=now, due_at=now)
        for row in targets
    ]
    AlertDelivery.objects.bulk_create(rows, ignore_conflicts=True)


def _known(found: Collection[Condition]) -> set[Key]:
    occurrences = {condition.occurrence for condition in found}
    rows = Alert.objects.filter(
        kind__in={str(condition.kind) for condition in found}, occurrence__in=occurrences
    )
    return set(rows.values_list("kind", "account", "occurrence"))


def _key_of(condition: Condition) -> Key:
    account = condition.account
    return str(condition.kind), account.pk if account else None, condition.occurrence


def _has_lasted(condition: Condition, now: datetime) -> bool:
    if condition.kind != Kind.SYNC_WAITING:
        return True
    resume_at = condition.run.resume_at if condition.run else None
    return max(resume_at or now, now) - condition.since >= WAIT_UNTIL_TOLD


def _begin(condition: Condition, now: datetime) -> None:
    kind, account = str(condition.kind), condition.account
    params = dict(condition.params) | ({"run": condition.run.pk} if condition.run else {})
    alert = Alert(
        kind=kind,
        account=account,
        occurrence=condition.occurrence,
        params=params,
        created_at=min(condition.since, now),
        ended_at=now if condition.kind in MOMENTARY else None,
    )
    try:
        with transaction.atomic():
            alert.save(force_insert=True)
            store_deliveries(alert, targets_of(kind, account), now)
    except IntegrityError:
        # Another supervisor was first.
        return


def _is_over(alert: Alert, lasting: Collection[Key]) -> bool:
    if alert.kind == Kind.SYNC_WAITING:
        # It goes on in between, and waits again.
        run = SyncRun.objects.filter(pk=alert.params.get("run")).first()
        return run is None or not run.is_active
    return (alert.kind, alert.account_id, alert.occurrence) not in lasting


def _end(alert: Alert, now: datetime) -> None:
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=now):
            return
        if _is_good_news(alert):
            told = AlertDelivery.objects.filter(alert=alert, is_over=False)
            told = told.exclude(status=AlertDelivery.Status.GIVEN_UP)
            targets = AlertTarget.objects.filter(is_active=True, pk__in=told.values("target"))
            store_deliveries(alert, targets, now, is_over=True)


def _is_good_news(alert: Alert) -> bool:
    """A wait that ended with a failure is told as that."""
    if alert.kind != Kind.SYNC_WAITING:
        return True
    run = SyncRun.objects.filter(pk=alert.params.get("run")).first()
    return run is not None and run.status == Run.Status.SUCCEEDED
