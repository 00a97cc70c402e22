"""What alerts say, in the language of their target."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ..conditions.condition import Condition, Kind
from ..conditions.words import explain_condition
from ..formats import format_datetime
from ..models import Alert, AlertDelivery, AlertKind, AlertTarget, SyncRun
from .summary import summary_text


@dataclass(frozen=True)
class Message:
    """title: one line; body: some lines, without the address; url: "" without SITE_URL."""

    title: str
    body: str
    url: str


def message_of(delivery: AlertDelivery) -> Message:
    """The message in the target's language; of a test if there is no alert."""
    with translation.override(delivery.target.language):
        if delivery.alert is None:
            return _test(delivery.target)
        if delivery.is_over:
            return _over(delivery.alert)
        return _beginning(delivery.alert)


def _beginning(alert: Alert) -> Message:
    if alert.kind == AlertKind.DAILY_SUMMARY and alert.account:
        return Message(_title(alert), summary_text(alert.account, alert.occurrence), _home())
    found = explain_condition(_condition_of(alert))
    return Message(
        _title(alert), "\n".join(filter(None, (found.meaning, found.advice))), _url(alert)
    )


def _over(alert: Alert) -> Message:
    times = {"since": format_datetime(alert.created_at)}
    body = {
        Kind.SYNC_FAILED: _("The sync has succeeded. It had failed since %(since)s."),
        Kind.SYNC_REVIEW: _("The sync that waited since %(since)s is decided."),
        Kind.SYNC_WAITING: _("The sync has gone on and succeeded. It had waited since %(since)s."),
        Kind.NO_WORKER: _("A worker is running again. None had been since %(since)s."),
    }[Kind(alert.kind)]
    title = _("Over: %(what)s") % {"what": _title(alert)}
    return Message(title, body % times, _url(alert))


def _test(target: AlertTarget) -> Message:
    title = _("Test: alerts reach you")
    body = _("This test was sent to “%(name)s” from the follower management. Nothing is wrong.")
    return Message(title, body % {"name": target.name}, _home())


def _title(alert: Alert) -> str:
    label = str(AlertKind(alert.kind).label)
    if alert.account is None:
        return label
    return _("%(account)s: %(what)s") % {"account": alert.account.name, "what": label}


def _condition_of(alert: Alert) -> Condition:
    run = SyncRun.objects.filter(pk=alert.params["run"]).first() if "run" in alert.params else None
    return Condition(
        Kind(alert.kind),
        alert.occurrence,
        alert.created_at,
        alert.account,
        run,
        params=alert.params,
    )


def _url(alert: Alert) -> str:
    """The page on which something can be done about it."""
    if "run" in alert.params:
        return absolute_url(reverse("admin:followers_syncrun_change", args=[alert.params["run"]]))
    if alert.account is not None:
        page = reverse("admin:followers_officialaccount_change", args=[alert.account.pk])
        return absolute_url(page)
    return _home()


def _home() -> str:
    return absolute_url(reverse("admin:index"))


def absolute_url(path: str) -> str:
    """ "" where SITE_URL does not say under which address people reach this site."""
    site: str = settings.SITE_URL
    return f"{site}{path}" if site else ""
