"""A fault that is switched on, and how faults of any call spoil a reply."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..api.calls import Call
from ..api.errors import Refused
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

    def as_json(self) -> dict[str, Any]:
        """As it is told over HTTP."""
        names = ("id", "name", "count", "path", "after", "options", "hits")
        return {name: getattr(self, name) for name in names}

    def number(self, key: str) -> float:
        return float(self.options[key])


Effect = Callable[[Fault, Call, Reply], None]


def refuse(code: int) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        params = {key: str(value) for key, value in fault.options.items()}
        reply.payload = Refused(code, **params).body()

    return effect


def raw(status: int, body: bytes, content_type: str) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.status, reply.raw, reply.content_type = status, body, content_type

    return effect


def html(status: int, phrase: str) -> Effect:
    page = f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"
    return raw(status, page.encode(), "text/html")


def sent(sender: Callable[[Fault], Sender]) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.send = sender(fault)

    return effect


def payload(make: Callable[[Any], Any]) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.payload = make(reply.payload)

    return effect


def slow(fault: Fault, call: Call, reply: Reply) -> None:
    reply.delay += fault.number("seconds")


def note(junk: bytes) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.extra = b',"note":"' + junk + b'"'

    return effect


def plain_text(fault: Fault, call: Call, reply: Reply) -> None:
    reply.content_type = "text/plain"


def numbers_as_text(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    return {key: str(value) if isinstance(value, int) else value for key, value in payload.items()}
