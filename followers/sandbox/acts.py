"""How faults act: each takes the answer and hands back a worse one."""

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


Act = Callable[[Fault, Call, Reply], Reply]


def refuse(code: int) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        params = {key: str(value) for key, value in fault.options.items()}
        reply.payload = Refused(code, **params).body()
        return reply

    return act


def answered(status: int, body: bytes, content_type: str) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        reply.status, reply.raw, reply.content_type = status, body, content_type
        return reply

    return act


def html(status: int, phrase: str) -> Act:
    page = f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"
    return answered(status, page.encode(), "text/html")


def sent(sender: Callable[[Fault], Sender]) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        reply.send = sender(fault)
        return reply

    return act


def payload(make: Callable[[Any], Any]) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        reply.payload = make(reply.payload)
        return reply

    return act


def _page(change: Callable[[Fault, Call, dict[str, Any]], None]) -> Act:
    """For faults of a page of ids; an error, or the page after the last, goes out as it is."""

    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        if reply.ids:
            change(fault, call, reply.payload)
        return reply

    return act


def slow(fault: Fault, call: Call, reply: Reply) -> Reply:
    reply.delay += fault.number("seconds")
    return reply


def note(junk: bytes) -> Act:
    def act(fault: Fault, call: Call, reply: Reply) -> Reply:
        reply.extra = b',"note":"' + junk + b'"'
        return reply

    return act


def plain_text(fault: Fault, call: Call, reply: Reply) -> Reply:
    reply.content_type = "text/plain"
    return reply


def numbers_as_text(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    return {key: str(value) if isinstance(value, int) else value for key, value in payload.items()}


@_page
def data_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = None


@_page
def openid_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = {"openid": None}


@_page
def duplicates(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    """People of the page before are listed again; on the first page, its own first ones."""
    times = int(fault.number("ids"))
    ids = page["data"]["openid"]
    own = [one for one in ids if one][:times]
    again = call.account.population.before(call.slot, times) if call.cursor else own
    page["data"]["openid"] = again + ids
    page["count"] += len(again)


@_page
def blank_ids(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    ids = page["data"]["openid"]
    for at in range(0, len(ids) + 1, max(1, len(ids) // 3)):
        ids.insert(at, "")


@_page
def repeated_cursor(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["next_openid"] = call.cursor


@_page
def cycle(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    first = call.account.population.after(-1, call.account.options.page_size)
    page["next_openid"] = first.openids[-1]


def endless(fault: Fault, call: Call, reply: Reply) -> Reply:
    """The first people over and over, each time with a cursor that nobody has seen before."""
    found = call.account.population.after(-1, call.account.options.page_size)
    fresh = call.account.population.openids.at(16_000_000 - fault.hits)
    reply.payload = {
        "total": found.total,
        "count": len(found.openids),
        "data": {"openid": found.openids},
        "next_openid": fresh,
    }
    return reply


@_page
def total_drifts(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["total"] = max(0, page["total"] + 137 * fault.hits * (-1) ** fault.hits)


@_page
def total_lies(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["total"] = int(page["total"] * fault.number("factor"))


def ends_early(fault: Fault, call: Call, reply: Reply) -> Reply:
    reply.payload = {"total": call.account.population.total, "count": 0, "next_openid": ""}
    return reply


def empty_list(fault: Fault, call: Call, reply: Reply) -> Reply:
    reply.payload = {"total": 0, "count": 0, "next_openid": ""}
    return reply


@_page
def no_next_openid(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page.pop("next_openid")
