"""What a message says, in its target's language."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ..models import AlertDelivery


@dataclass(frozen=True)
class Message:
    """url: where to look, an absolute address; "" without SITE_URL."""

    title: str
    body: str
    url: str


def message_of(delivery: AlertDelivery) -> Message:
    with translation.override(delivery.target.language):
        return test_message(delivery)


def test_message(delivery: AlertDelivery) -> Message:
    """What “Send test” sends."""
    body = _("If you can read this, alerts reach the target “%(name)s”. Nothing has happened.")
    return Message(
        title=_("This is a test message"),
        body=body % {"name": delivery.target.name},
        url=f"{settings.SITE_URL}/admin/" if settings.SITE_URL else "",
    )
