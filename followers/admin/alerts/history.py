"""What a target was sent: a message's words for the list and for the target's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.alerts.answers import explain
from followers.formats import format_datetime
from followers.models import AlertDelivery, AlertTarget

from ..shared.formats import natural_datetime
from ..shared.labels import label

Status = AlertDelivery.Status
SHOWN = 50
TONES = {
    Status.PENDING: "info",
    Status.SENT: "success",
    Status.DROPPED: "neutral",
    Status.GIVEN_UP: "danger",
}


@dataclass(frozen=True)
class Entry:
    """A row of the history."""

    what: str
    about: str
    when: str
    state: SafeString
    attempts: int
    meaning: str
    advice: str
    next_try: str


def history(target: AlertTarget) -> list[Entry]:
    """The newest messages."""
    rows = target.deliveries.select_related("alert__account").order_by("-pk")[:SHOWN]
    return [_entry(target, row) for row in rows]


def _entry(target: AlertTarget, row: AlertDelivery) -> Entry:
    meaning, advice = (
        explain(target.service, row.answer, row.answer_code) if row.answer else ("", "")
    )
    sent = row.status == Status.SENT
    alert = row.alert
    return Entry(
        what=_what(row),
        about=alert.account.name if alert and alert.account else "",
        when=format_datetime(row.created_at),
        state=state_label(row),
        attempts=row.attempts,
        # The label says it already.
        meaning="" if sent else meaning,
        advice=advice,
        next_try=natural_datetime(row.due_at) if row.status == Status.PENDING else "",
    )


def _what(row: AlertDelivery) -> str:
    if row.alert is None:
        return _("Test message")
    kind = row.alert.get_kind_display()
    return _("Over: %(kind)s") % {"kind": kind} if row.is_over else kind


def state_label(row: AlertDelivery) -> SafeString:
    # A test is not tried again, so it is not given up either.
    failed = row.alert_id is None and row.status == Status.GIVEN_UP
    text = _("Failed") if failed else row.get_status_display()
    return label(text, TONES[Status(row.status)])


def latest_calls(targets: Iterable[AlertTarget]) -> dict[int, AlertDelivery]:
    """The newest message of each target that was answered, by target id; one query."""
    answered = AlertDelivery.objects.filter(target=OuterRef("pk")).exclude(answer="")
    rows = AlertTarget.objects.filter(pk__in=[target.pk for target in targets])
    newest = rows.annotate(newest=Subquery(answered.order_by("-pk").values("pk")[:1]))
    found = AlertDelivery.objects.filter(pk__in=newest.order_by().values("newest"))
    return {row.target_id: row for row in found}


def called_at(row: AlertDelivery) -> datetime:
    return row.finished_at or row.created_at
