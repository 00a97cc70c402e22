"""Mails to members."""

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage


def can_send_mail() -> bool:
    """Whether mails can be sent: by EMAIL_URL, or another backend than that."""
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("DeadlineBackend")


def send(address: str, subject: str, text: str) -> bool:
    """Send one mail; False where the server does not take it."""
    try:
        EmailMessage(subject, text, to=[address]).send()
    except (SMTPException, OSError):
        return False
    return True
