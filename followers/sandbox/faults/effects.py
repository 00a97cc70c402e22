"""An active fault, and the effects of faults that apply to any call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..api.calls import Call
from ..api.errors import ApiError
from .replies import Reply

OptionValue = int | float | str


@dataclass
class Fault:
    """An active fault. It affects `count` calls (None: all), after it has spared `after` calls."""

    id: int
    name: str
    count: int | None = None
    path: str | None = None
    after: int = 0
    options: dict[str, OptionValue] = field(default_factory=dict)
    hits: int = 0
    # The affected followers, by AppID, of a fault that chooses followers.
    openids: dict[str, frozenset[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The JSON of /sandbox/faults."""
        names = ("id", "name", "count", "path", "after", "options", "hits")
        return {name: getattr(self, name) for name in names}

    def number(self, key: str) -> float:
        return float(self.options[key])


Effect = Callable[[Fault, Call, Reply], None]


def send_errcode(fault: Fault, call: Call, reply: Reply) -> None:
    params = {key: str(value) for key, value in fault.options.items()}
    reply.payload = ApiError(int(fault.name), **params).body()


def send_raw(status: int, body: bytes, content_type: str) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.status, reply.raw, reply.content_type = status, body, content_type

    return effect


def send_html(status: int, phrase: str) -> Effect:
    page = f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"
    return send_raw(status, page.encode(), "text/html")


def send_with(sender: Callable[..., bool]) -> Effect:
    """`sender` is a `Sender`; the option `seconds`, if there is one, is its first argument."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        has_seconds = "seconds" in fault.options
        reply.send = partial(sender, fault.number("seconds")) if has_seconds else sender

    return effect


def change_payload(change: Callable[[Any], Any]) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.payload = change(reply.payload)

    return effect


def delay(fault: Fault, call: Call, reply: Reply) -> None:
    reply.delay += fault.number("seconds")


def add_note(junk: bytes) -> Effect:
    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        reply.extra = b',"note":"' + junk + b'"'

    return effect


def send_as_plain_text(fault: Fault, call: Call, reply: Reply) -> None:
    reply.content_type = "text/plain"


def stringify_numbers(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    return {key: str(value) if isinstance(value, int) else value for key, value in payload.items()}
