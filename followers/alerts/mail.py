"""Mail through Django, with one deadline for the whole conversation with the server.

A timeout of smtplib starts again with every byte, so a server that sends one byte a second never
exceeds it.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.functional import cached_property

from ..wechat.transport import TLSSocket, connect
from . import answers
from .answers import Answer
from .bounded_requests import answer_of_error
from .texts import Message


class _DeadlineMixin:
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = connect(host, port, None, timeout)
        context = getattr(self, "context", None)
        # Only SMTP over TLS from the first byte has a context here.
        return context.wrap_socket(sock, server_hostname=host) if context else sock


class _Plain(_DeadlineMixin, smtplib.SMTP):
    pass


class _TLS(_DeadlineMixin, smtplib.SMTP_SSL):
    pass


class DeadlineBackend(EmailBackend):
    """Django's backend with sockets that keep the deadline of `enforce_deadline`."""

    @property
    def connection_class(self) -> Any:
        return _TLS if self.use_ssl else _Plain

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.sslsocket_class = TLSSocket
        return context


def send_mail(recipients: list[str], message: Message) -> Answer:
    """Send one mail to all of them."""
    if not settings.EMAIL_HOST and settings.EMAIL_BACKEND.endswith("mail.DeadlineBackend"):
        return Answer(ok=False, key=answers.MAIL_NOT_CONFIGURED)
    text = "\n\n".join(filter(None, [message.body, message.url]))
    subject = " ".join(message.title.split())
    connection = get_connection()
    try:
        EmailMessage(subject, text, to=recipients, connection=connection).send()
    except smtplib.SMTPAuthenticationError as error:
        return Answer(ok=False, key=answers.MAIL_LOGIN, code=error.smtp_code)
    except smtplib.SMTPResponseException as error:
        return Answer(ok=False, key=answers.MAIL_REFUSED, code=error.smtp_code)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return Answer(ok=False, key=answers.MAIL_REFUSED, code=codes[0])
    except smtplib.SMTPServerDisconnected as error:
        # smtplib says so for a timeout, too.
        ran_out = isinstance(error.__context__, TimeoutError)
        key = answers.TIMED_OUT if ran_out else answers.UNREACHABLE
        return Answer(ok=False, key=key)
    except smtplib.SMTPException:
        return Answer(ok=False, key=answers.MAIL_REFUSED)
    except socket.gaierror:
        return Answer(ok=False, key=answers.NO_SUCH_HOST)
    except OSError as error:
        return answer_of_error(error)
    finally:
        # Django leaves it open where the server refuses the login.
        with suppress(smtplib.SMTPException, OSError):
            connection.close()
    return Answer(ok=True, key=answers.SENT)
