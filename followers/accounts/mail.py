"""Mails to members."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)


def can_send_mail() -> bool:
    """Whether mails can be sent: by EMAIL_URL, or another backend than that."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("DeadlineBackend")


def send(address: str, subject: str, text: str) -> bool:
    """Send one mail; False where the server does not take it."""
    try:
        EmailMessage(subject, text, to=[address]).send()
    except (SMTPException, OSError) as error:
        # Without the error's text, which may hold addresses.
        logger.warning("A mail could not be sent (%s).", type(error).__name__)
        return False
    return True
