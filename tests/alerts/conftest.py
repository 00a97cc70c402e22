from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from followers.alerts import addresses, sending
from followers.models import AlertTarget

from .servers import Mail, Webhook, running


@pytest.fixture
def serve() -> Iterator[Callable[[Any], Any]]:
    """serve(Webhook("ok")) runs it until the test ends."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(running(server))


@pytest.fixture
def webhook(serve) -> Webhook:
    return serve(Webhook())


@pytest.fixture
def impatient(monkeypatch) -> None:
    """A whole call may take half a second."""
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)


@pytest.fixture
def mail_server(serve, settings) -> Callable[[str], Mail]:
    def start(behaviour: str) -> Mail:
        server = serve(Mail(behaviour))
        settings.EMAIL_BACKEND = "followers.alerts.mail.DeadlineBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        return server

    return start


@pytest.fixture
def make_target(db) -> Callable[..., AlertTarget]:
    def make(webhook: str, service: str = "webhook", **values: Any) -> AlertTarget:
        values.setdefault("url", addresses.make_address(service, webhook=webhook))
        return AlertTarget.objects.create(
            **{"name": "Ops", "service": service, "language": "en", **values}
        )

    return make
