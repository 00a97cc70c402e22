"""Sends the messages that are due: each in a thread of its own, so that no target delays another.

A message is claimed by a conditional update before the call. A process that dies in between leaves
a claim that expires: such a message may be sent twice, but none is sent never.
"""

import logging
import threading
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connections, transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..models import EPOCH, Alert, AlertDelivery, AlertKind, AlertTarget
from ..rows.clock import db_now, expired, from_now, unexpired
from ..schedules.times import end_of_window
from . import answers
from .answers import Answer
from .sending import send
from .texts import message_of
from .timing import delay_after

logger = logging.getLogger(__name__)

MAX_THREADS = 8
# More than sending takes, with a name server that does not answer.
CLAIM_SECONDS = 120
# Quiet hours end within a day, retries come within an hour: what is due later was dated by a clock
# that was ahead.
MAX_AHEAD_SECONDS = 25 * 3600

Status = AlertDelivery.Status
_slots = threading.BoundedSemaphore(MAX_THREADS)
_starting = threading.Lock()


def start_sending(kinds: Collection[str] | None = None) -> None:
    """`send_due` in a thread, for callers that must not wait even for the database."""
    if _starting.acquire(blocking=False):
        threading.Thread(target=_start, args=(kinds,), name="alerts", daemon=True).start()


def _start(kinds: Collection[str] | None) -> None:
    try:
        send_due(kinds)
    except DatabaseError as error:
        logger.warning("Alerts wait, because the database did not answer: %s", error)
    except Exception:
        logger.exception("Alerts could not be sent.")
    finally:
        _starting.release()
        connections.close_all()


def send_due(kinds: Collection[str] | None = None) -> int:
    """Begin to send what is due, in threads; the number of messages begun.

    kinds: only alerts of these kinds. Each thread that ends looks for what is due next.
    """
    drop_unneeded()
    put_off_to_end_of_quiet()
    begun = 0
    due = _due(kinds)
    waiting = due.values("target").annotate(since=Min("due_at")).order_by("since")
    for target in waiting.values_list("target", flat=True):
        if not _slots.acquire(blocking=False):
            break
        # The oldest first, so that a target is told the end of something after its beginning.
        delivery = due.filter(target=target).order_by("due_at", "pk").first()
        if delivery is not None and claim(delivery):
            _send_in_thread(delivery, kinds)
            begun += 1
        else:
            _slots.release()
    return begun


def _due(kinds: Collection[str] | None) -> QuerySet[AlertDelivery]:
    found = AlertDelivery.objects.filter(
        expired("due_at", MAX_AHEAD_SECONDS),
        expired("claimed_until", CLAIM_SECONDS),
        status=Status.PENDING,
    )
    if kinds is not None:
        found = found.filter(alert__kind__in=list(kinds))
    return found.select_related("target", "alert__account")


def drop_unneeded() -> None:
    """Drop the beginning of what is over, the end of what was never told, and what nobody wants."""
    idle = AlertDelivery.objects.filter(
        expired("claimed_until", CLAIM_SECONDS), status=Status.PENDING, alert__isnull=False
    )
    # Subqueries instead of joins: PostgreSQL checks the row's own columns again after a lock.
    over = Alert.objects.filter(pk=OuterRef("alert_id"), ended_at__gt=F("created_at"))
    inactive = AlertTarget.objects.filter(pk=OuterRef("target_id"), is_active=False)
    beginnings = AlertDelivery.objects.filter(
        alert=OuterRef("alert_id"), target=OuterRef("target_id"), is_over=False
    )
    # One that is being sent may still be told.
    told = beginnings.filter(status__in=[Status.SENT, Status.PENDING])
    for unneeded in (
        idle.filter(Exists(inactive)),
        idle.filter(Exists(over), is_over=False),
        idle.filter(~Exists(told), is_over=True),
    ):
        unneeded.update(status=Status.DROPPED, finished_at=from_now(0))


def put_off_to_end_of_quiet() -> None:
    """Everything but the daily summary, and tests."""
    now, zone = db_now(), timezone.get_default_timezone()
    for target in AlertTarget.objects.filter(quiet_from__isnull=False):
        if end := end_of_window(target.quiet_from, target.quiet_until, now, zone):
            waiting = AlertDelivery.objects.filter(
                target=target, status=Status.PENDING, due_at__lt=end, alert__isnull=False
            )
            waiting.exclude(alert__kind=AlertKind.DAILY_SUMMARY).update(due_at=end)


def claim(delivery: AlertDelivery) -> bool:
    """Claim a message for this process; False if another one has it, or is sending to its target.

    `attempts` tells this claim from later ones.
    """
    beginning = AlertDelivery.objects.filter(
        alert=OuterRef("alert_id"), target=OuterRef("target_id"), is_over=False, status=Status.SENT
    )
    mine = AlertDelivery.objects.filter(
        expired("claimed_until", CLAIM_SECONDS),
        Q(is_over=False) | Exists(beginning),
        pk=delivery.pk,
        attempts=delivery.attempts,
        status=Status.PENDING,
    )
    with transaction.atomic():
        # Two processes could each claim another message of the target otherwise.
        AlertTarget.objects.select_for_update(no_key=True).filter(pk=delivery.target_id).first()
        sending = AlertDelivery.objects.filter(
            unexpired("claimed_until", CLAIM_SECONDS),
            target=delivery.target_id,
            status=Status.PENDING,
        )
        if sending.exists():
            return False
        claimed = mine.update(claimed_until=from_now(CLAIM_SECONDS), attempts=F("attempts") + 1)
    delivery.attempts += claimed
    return bool(claimed)


def _send_in_thread(
    delivery: AlertDelivery, kinds: Collection[str] | None = None
) -> threading.Thread:
    name = f"alert-{delivery.pk}"
    thread = threading.Thread(target=_work, args=(delivery, kinds), name=name, daemon=True)
    thread.start()
    return thread


def _work(delivery: AlertDelivery, kinds: Collection[str] | None) -> None:
    try:
        try:
            deliver(delivery)
        finally:
            _slots.release()
        send_due(kinds)
    except DatabaseError as error:
        logger.warning("The database did not answer after an alert: %s", error)
    except Exception:
        logger.exception("Alert %s could not be sent.", delivery.pk)
    finally:
        connections.close_all()


@sensitive_variables()
def deliver(delivery: AlertDelivery) -> Answer:
    """Send a claimed message, and store what came back."""
    try:
        message = message_of(delivery)
    except Exception:
        logger.exception("The text of alert %s could not be made.", delivery.pk)
        answer = Answer(ok=False, key=answers.UNKNOWN)
    else:
        if not transaction.get_connection().in_atomic_block:
            # None is held while the other side takes its time.
            connections.close_all()
        answer = send(delivery.target, message)
    close_old_connections()
    _store(delivery, answer)
    return answer


def _store(delivery: AlertDelivery, answer: Answer) -> None:
    now = db_now()
    values = {"answer": answer.key, "answer_code": answer.code, "claimed_until": EPOCH}
    wait = _wait(delivery, now)
    if answer.ok:
        values |= {"status": Status.SENT, "finished_at": now}
    elif wait is None:
        values |= {"status": Status.GIVEN_UP, "finished_at": now}
    else:
        values |= {"due_at": now + wait}
    mine = AlertDelivery.objects.filter(
        pk=delivery.pk, status=Status.PENDING, attempts=delivery.attempts
    )
    if mine.update(**values) and not answer.ok and wait is not None:
        _let_target_rest(delivery, now + wait)


def _wait(delivery: AlertDelivery, now: datetime) -> timedelta | None:
    """A test is not tried again: whoever pressed the button has its answer."""
    if delivery.alert_id is None:
        return None
    return delay_after(delivery.attempts, now - delivery.created_at)


def _let_target_rest(delivery: AlertDelivery, until: datetime) -> None:
    """What else waits for a target that is down is not tried before: it would use up threads."""
    AlertDelivery.objects.filter(
        Q(due_at__lt=until), target=delivery.target_id, status=Status.PENDING, alert__isnull=False
    ).update(due_at=until)


def send_test(target: AlertTarget, seconds: float) -> AlertDelivery:
    """Send a test message, and wait so many seconds for its answer.

    It may still be on its way then; a worker sends it if this process ends.
    """
    now = db_now()
    delivery = AlertDelivery.objects.create(target=target, created_at=now, due_at=now)
    if _slots.acquire(timeout=1):
        if claim(delivery):
            _send_in_thread(delivery).join(seconds)
        else:
            _slots.release()
    delivery.refresh_from_db()
    return delivery


def retry_now(target: AlertTarget) -> None:
    """Make everything that waits due: the target was changed, and may work now."""
    AlertDelivery.objects.filter(
        expired("claimed_until", CLAIM_SECONDS), target=target, status=Status.PENDING
    ).update(due_at=from_now(0))
