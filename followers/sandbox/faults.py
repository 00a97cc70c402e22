"""What can go wrong on request: the table of FAULTS, and the ones that are switched on.

A fault either answers instead of the endpoint or changes what the endpoint answered. Each says
by its scope which calls it concerns; a `path` given with it replaces that choice of paths, so
that the faults of the follower list can also be had with tags and the blacklist.
"""

import itertools
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from . import acts, distortions, replies
from .acts import Act, Fault, OptionValue
from .calls import Call
from .errors import Refused
from .paging import LISTS, size
from .paths import BATCHGET, TAG_FOLLOWERS, TAG_WRITES, TOKEN_PATHS, USER_GET


@dataclass(frozen=True)
class Kind:
    """How one fault acts, and the options it knows with their defaults."""

    group: str
    scope: str
    act: Act
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
    return str(code), Kind(group, scope, acts.refuse(code), instead=True, **more)


def _pages(group: str, scope: str, act: Act, **more: Any) -> Kind:
    return Kind(group, scope, act, only=tuple(LISTS), **more)


def _profiles(act: Act, **more: Any) -> Kind:
    return Kind("profiles", "profiles", act, only=(BATCHGET,), **more)


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
    "slow": Kind("network", "all", acts.slow, options={"seconds": 5}),
    "timeout": Kind(
        "network",
        "all",
        acts.sent(lambda fault: replies.silent(fault.number("seconds"))),
        instead=True,
        options={"seconds": 120},
    ),
    "reset": Kind("network", "all", acts.sent(lambda fault: replies.reset), instead=True),
    "truncated": Kind("network", "all", acts.sent(lambda fault: replies.truncated)),
    "drip": Kind(
        "network",
        "all",
        acts.sent(lambda fault: replies.dripping(fault.number("seconds"), head_too=False)),
        options={"seconds": 1},
    ),
    "drip_headers": Kind(
        "network",
        "all",
        acts.sent(lambda fault: replies.dripping(fault.number("seconds"), head_too=True)),
        options={"seconds": 1},
    ),
    "http_500": Kind("network", "all", acts.html(500, "Internal Server Error"), instead=True),
    "http_502": Kind("network", "all", acts.html(502, "Bad Gateway"), instead=True),
    "http_503": Kind("network", "all", acts.html(503, "Service Unavailable"), instead=True),
    "http_429": Kind("network", "all", acts.html(429, "Too Many Requests"), instead=True),
    "text_plain": Kind("garbled", "all", acts.plain_text),
    "invalid_utf8": Kind("garbled", "all", acts.note(b"\xe5\x90\xff\xfe")),
    "control_characters": Kind("garbled", "all", acts.note(b"a\x07\x14\x08\n\tb")),
    "not_json": Kind("garbled", "all", acts.html(200, "Welcome"), instead=True),
    "empty_body": Kind("garbled", "all", acts.answered(200, b"", "application/json"), instead=True),
    "json_list": Kind("garbled", "api", acts.payload(lambda payload: [payload])),
    "json_string": Kind("garbled", "api", acts.payload(lambda payload: "ok")),
    "data_null": _pages("garbled", "list", distortions.data_null),
    "openid_null": _pages("garbled", "list", distortions.openid_null),
    "numbers_as_text": Kind("garbled", "all", acts.payload(acts.numbers_as_text)),
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


class Switchboard:
    """The faults that are on. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []
        self._ids = itertools.count(1)

    def on(
        self,
        name: str,
        count: int | None = None,
        path: str | None = None,
        after: int = 0,
        **options: OptionValue,
    ) -> Fault:
        """Switch one on. ValueError for an unknown name or option, or a wrong number."""
        kind = FAULTS.get(name)
        if kind is None:
            raise ValueError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
        if unknown := set(options) - set(kind.options):
            raise ValueError(f"fault {name} has no option {', '.join(sorted(unknown))}")
        for key, value in options.items():
            # A word where seconds belong must be refused here, not break a later answer.
            if not isinstance(kind.options[key], str) and float(value) < 0:
                raise ValueError(f"{key} is a number from 0")
        if path is not None and kind.only is not None and path not in kind.only:
            raise ValueError(f"fault {name} does not concern {path}")
        if after < 0 or (count is not None and count < 1):
            raise ValueError("count is at least 1, after at least 0")
        with self._lock:
            fault = Fault(next(self._ids), name, count, path, after, {**kind.options, **options})
            self._on.append(fault)
        return fault

    def off(self, which: int | str | None = None) -> int:
        """Switch off one by id, all of a name, or all; answers how many were on."""
        with self._lock:
            kept = [f for f in self._on if which is not None and which not in (f.id, f.name)]
            gone = len(self._on) - len(kept)
            self._on = kept
        return gone

    def active(self) -> list[Fault]:
        with self._lock:
            return list(self._on)

    def take(self, call: Call) -> list[Fault]:
        """The faults that hit this call, at most one of those that answer instead."""
        taken: list[Fault] = []
        with self._lock:
            for fault in [f for f in self._on if concerns(f, call)]:
                if fault.after:
                    fault.after -= 1
                elif not (
                    FAULTS[fault.name].instead and any(FAULTS[f.name].instead for f in taken)
                ):
                    taken.append(fault)
                    fault.hits += 1
            self._on = [f for f in self._on if f.count is None or f.hits < f.count]
        return taken
