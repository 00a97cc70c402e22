"""What can go wrong on request: the table of FAULTS.

A fault either answers instead of the endpoint or changes what the endpoint answered. Each says
by its scope which calls it concerns; a `path` given with it replaces that choice of paths, so
that the faults of the follower list can also be had with tags and the blacklist.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from ..api.calls import Call
from ..api.errors import Refused
from ..api.paging import LISTS, size
from ..api.paths import BATCHGET, TAG_FOLLOWERS, TAG_WRITES, TOKEN_PATHS, USER_GET
from . import distortions, effects, replies
from .effects import Effect, Fault, OptionValue


@dataclass(frozen=True)
class Kind:
    """How one fault acts, and the options it knows with their defaults."""

    group: str
    scope: str
    effect: Effect
    instead: bool = False
    options: dict[str, OptionValue] = field(default_factory=dict)
    # Living tokens hide what only the token endpoints say, so these faults end them.
    drops_tokens: bool = False
    # The paths for which it makes sense at all; None: any.
    only: Collection[str] | None = None


def _after_first_page(call: Call) -> bool:
    """Only what names a place can have lost it; calls that list nobody are always concerned."""
    return call.path not in LISTS or bool(call.cursor and _behind(call))


def _behind(call: Call) -> int:
    try:
        return LISTS[call.path].people(call).remaining(call.slot)
    except Refused:
        return 0


@dataclass(frozen=True)
class Scope:
    """Which calls a fault concerns: of which paths unless one is given, and when."""

    paths: Callable[[str], bool]
    when: Callable[[Call], bool] = lambda call: True


def _of(*paths: str) -> Callable[[str], bool]:
    return lambda path: path in paths


SCOPES = {
    "all": Scope(lambda path: True),
    "token": Scope(_of(*TOKEN_PATHS)),
    "api": Scope(lambda path: path not in TOKEN_PATHS),
    "list": Scope(_of(USER_GET)),
    "walk": Scope(_of(USER_GET), _after_first_page),
    "last": Scope(_of(USER_GET), lambda call: 0 < _behind(call) <= size(call)),
    "people": Scope(_of(USER_GET)),
    "tag": Scope(_of(TAG_FOLLOWERS)),
    "tagging": Scope(_of(*TAG_WRITES)),
    "profiles": Scope(_of(BATCHGET)),
}


_IP = {"ip": "203.0.113.7"}


def _error(code: int, group: str, scope: str, **more: Any) -> tuple[str, Kind]:
    return str(code), Kind(group, scope, effects.refuse(code), instead=True, **more)


def _pages(group: str, scope: str, effect: Effect, **more: Any) -> Kind:
    return Kind(group, scope, effect, only=tuple(LISTS), **more)


def _profiles(effect: Effect, **more: Any) -> Kind:
    return Kind("profiles", "profiles", effect, only=(BATCHGET,), **more)


FAULTS: dict[str, Kind] = dict(
    [
        _error(40125, "account", "token", drops_tokens=True),
        _error(40013, "account", "token", drops_tokens=True),
        _error(40164, "account", "all", options=_IP),
        _error(61004, "account", "all", options=_IP),
        _error(40243, "account", "token", drops_tokens=True),
        _error(89503, "account", "token", drops_tokens=True),
        _error(48001, "account", "list"),
        _error(48004, "account", "api"),
        _error(50002, "account", "api"),
        _error(45009, "limits", "list"),
        _error(45011, "limits", "api"),
        _error(-1, "limits", "all"),
        _error(40001, "limits", "api"),
        _error(40014, "limits", "api"),
        _error(42001, "limits", "api"),
        _error(40003, "limits", "walk"),
        _error(45159, "tags", "tagging"),
        _error(45169, "tags", "tagging"),
    ]
)
FAULTS |= {
    "slow": Kind("network", "all", effects.slow, options={"seconds": 5}),
    "timeout": Kind(
        "network",
        "all",
        effects.sent(lambda fault: replies.silent(fault.number("seconds"))),
        instead=True,
        options={"seconds": 120},
    ),
    "reset": Kind("network", "all", effects.sent(lambda fault: replies.reset), instead=True),
    "truncated": Kind("network", "all", effects.sent(lambda fault: replies.truncated)),
    "drip": Kind(
        "network",
        "all",
        effects.sent(lambda fault: replies.dripping(fault.number("seconds"), head_too=False)),
        options={"seconds": 1},
    ),
    "drip_headers": Kind(
        "network",
        "all",
        effects.sent(lambda fault: replies.dripping(fault.number("seconds"), head_too=True)),
        options={"seconds": 1},
    ),
    "http_500": Kind("network", "all", effects.html(500, "Internal Server Error"), instead=True),
    "http_502": Kind("network", "all", effects.html(502, "Bad Gateway"), instead=True),
    "http_503": Kind("network", "all", effects.html(503, "Service Unavailable"), instead=True),
    "http_429": Kind("network", "all", effects.html(429, "Too Many Requests"), instead=True),
    "text_plain": Kind("garbled", "all", effects.plain_text),
    "invalid_utf8": Kind("garbled", "all", effects.note(b"\xe5\x90\xff\xfe")),
    "control_characters": Kind("garbled", "all", effects.note(b"a\x07\x14\x08\n\tb")),
    "not_json": Kind("garbled", "all", effects.html(200, "Welcome"), instead=True),
    "empty_body": Kind("garbled", "all", effects.raw(200, b"", "application/json"), instead=True),
    "json_list": Kind("garbled", "api", effects.payload(lambda payload: [payload])),
    "json_string": Kind("garbled", "api", effects.payload(lambda payload: "ok")),
    "data_null": _pages("garbled", "list", distortions.data_null),
    "openid_null": _pages("garbled", "list", distortions.openid_null),
    "numbers_as_text": Kind("garbled", "all", effects.payload(effects.numbers_as_text)),
    "duplicates": _pages("list", "list", distortions.duplicates, options={"ids": 50}),
    "blank_ids": _pages("list", "list", distortions.blank_ids),
    "repeated_cursor": _pages("list", "walk", distortions.repeated_cursor),
    "cycle": _pages("list", "walk", distortions.cycle),
    "endless": _pages("list", "list", distortions.endless, instead=True),
    "total_drifts": _pages("list", "list", distortions.total_drifts),
    "total_lies": _pages("list", "list", distortions.total_lies, options={"factor": 0.1}),
    "ends_early": _pages("list", "walk", distortions.ends_early, instead=True),
    "empty_list": _pages("list", "list", distortions.empty_list, instead=True),
    "no_next_openid": _pages("list", "last", distortions.no_next_openid),
    "omits": _pages("list", "people", distortions.omits, options={"people": 50, "counted": 1}),
    "tag_cut_short": _pages("tags", "tag", distortions.cut_short, options={"share": 0.5}),
    "tag_empty": _pages("tags", "tag", distortions.empty_list, instead=True),
    "misaligned": _profiles(distortions.misaligned, options={"around": 0}),
    "short": _profiles(distortions.short, options={"rows": 3}),
    "shuffled": _profiles(distortions.shuffled),
    "profiles_missing": _profiles(distortions.without_profiles),
}


def concerns(fault: Fault, call: Call) -> bool:
    """Whether this call is one of those that the fault is meant for."""
    scope = SCOPES[FAULTS[fault.name].scope]
    meant = scope.paths(call.path) if fault.path is None else call.path == fault.path
    return meant and scope.when(call)
