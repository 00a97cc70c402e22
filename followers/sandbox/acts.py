"""How faults act: each makes the answer worse that it is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .calls import Call
from .errors import Refused
from .replies import Reply, Sender

OptionValue = int | float | str


@dataclass
class Fault:
    """One that is switched on. `count` calls are hit (None: all), after `after` that are not."""

    id: int
    name: str
    count: int | None = None
    path: str | None = None
    after: int = 0
    options: dict[str, OptionValue] = field(default_factory=dict)
    hits: int = 0
    # The people concerned, by AppID, where a fault concerns particular ones.
    people: dict[str, frozenset[str]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As it is told over HTTP."""
        names = ("id", "name", "count", "path", "after", "options", "hits")
        return {name: getattr(self, name) for name in names}

    def number(self, key: str) -> float:
        return float(self.options[key])


Act = Callable[[Fault, Call, Reply], None]


def refuse(code: int) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> None:
        params = {key: str(value) for key, value in fault.options.items()}
        reply.payload = Refused(code, **params).body()

    return act


def answered(status: int, body: bytes, content_type: str) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> None:
        reply.status, reply.raw, reply.content_type = status, body, content_type

    return act


def html(status: int, phrase: str) -> Act:
    page = f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"
    return answered(status, page.encode(), "text/html")


def sent(sender: Callable[[Fault], Sender]) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> None:
        reply.send = sender(fault)

    return act


def payload(make: Callable[[Any], Any]) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> None:
        reply.payload = make(reply.payload)

    return act


def slow(fault: Fault, call: Call, reply: Reply) -> None:
    reply.delay += fault.number("seconds")


def note(junk: bytes) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> None:
        reply.extra = b',"note":"' + junk + b'"'

    return act


def plain_text(fault: Fault, call: Call, reply: Reply) -> None:
    reply.content_type = "text/plain"


def numbers_as_text(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    return {key: str(value) if isinstance(value, int) else value for key, value in payload.items()}
