"""One message to one target: never raises, ends in time, and tells nobody the address."""

from django.views.decorators.debug import sensitive_variables

from ..fields import Undecryptable
from ..models import AlertTarget
from ..wechat.transport import Deadline, enforce_deadline
from . import answers, mail
from .answers import Answer
from .texts import Message

CONNECT_SECONDS = 5.0
READ_SECONDS = 8.0
TOTAL_SECONDS = 8.0


@sensitive_variables()
def send(target: AlertTarget, message: Message) -> Answer:
    """Send within TOTAL_SECONDS (a name server that does not answer may take longer)."""
    address = target.url
    if not address or isinstance(address, Undecryptable):
        return Answer(ok=False, key=answers.UNREADABLE)
    deadline = Deadline(TOTAL_SECONDS, connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        with enforce_deadline(deadline):
            return _send(address, message)
    except Exception:  # noqa: BLE001 (its text may hold the address, so it is not logged either)
        return Answer(ok=False, key=answers.UNKNOWN)


@sensitive_variables()
def _send(address: str, message: Message) -> Answer:
    if address.startswith("mailto:"):
        return mail.send_mail(address.removeprefix("mailto:").split(","), message)
    from . import plugins  # takes half a second, and few commands send anything

    return plugins.notify(address, message).answer
