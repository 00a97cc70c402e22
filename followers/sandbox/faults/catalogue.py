"""FAULTS, the table of the faults that can be switched on.

A fault either replaces the endpoint's answer or changes it. Its scope says which calls it affects;
a `path` given with it replaces the paths of the scope, so that faults of the follower list also
apply to the lists of tags and the blacklist.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from ..api.calls import Call
from ..api.errors import ApiError
from ..api.paging import LISTS, page_size
from ..api.paths import (
    BATCHGET,
    DATACUBE_CUMULATE,
    DATACUBE_SUMMARY,
    TAG_FOLLOWERS,
    TAG_WRITES,
    TOKEN_PATHS,
    USER_GET,
)
from . import datacube, distortions, effects, replies
from .effects import Effect, Fault, OptionValue


@dataclass(frozen=True)
class FaultKind:
    """The effect of a fault, and its options with their defaults."""

    group: str
    scope: str
    effect: Effect
    replaces_answer: bool = False
    options: dict[str, OptionValue] = field(default_factory=dict)
    # With a valid token the token endpoints are not called, so these faults revoke all tokens.
    revokes_tokens: bool = False
    # The paths for which it can be switched on; None: any.
    allowed_paths: Collection[str] | None = None


def _is_after_first_page(call: Call) -> bool:
    """Only a later page of a list has a cursor that can be lost; True for other calls."""
    return call.path not in LISTS or bool(call.cursor and _remaining(call))


def _remaining(call: Call) -> int:
    try:
        return LISTS[call.path].followers(call).count_after(call.cursor_slot)
    except ApiError:
        return 0


@dataclass(frozen=True)
class Scope:
    """The calls that a fault affects; a `path` given with the fault replaces `matches_path`."""

    matches_path: Callable[[str], bool]
    matches_call: Callable[[Call], bool] = lambda call: True


def _is_one_of(*paths: str) -> Callable[[str], bool]:
    return lambda path: path in paths


SCOPES = {
    "all": Scope(lambda path: True),
    "token": Scope(_is_one_of(*TOKEN_PATHS)),
    "api": Scope(lambda path: path not in TOKEN_PATHS),
    "list": Scope(_is_one_of(USER_GET)),
    "walk": Scope(_is_one_of(USER_GET), _is_after_first_page),
    "last": Scope(_is_one_of(USER_GET), lambda call: 0 < _remaining(call) <= page_size(call)),
    "tag": Scope(_is_one_of(TAG_FOLLOWERS)),
    "tagging": Scope(_is_one_of(*TAG_WRITES)),
    "profiles": Scope(_is_one_of(BATCHGET)),
    "statistics": Scope(_is_one_of(DATACUBE_SUMMARY, DATACUBE_CUMULATE)),
    "summary": Scope(_is_one_of(DATACUBE_SUMMARY)),
}


_IP = {"ip": "203.0.113.7"}


def _errcode_fault(errcode: int, group: str, scope: str, **options: Any) -> tuple[str, FaultKind]:
    kind = FaultKind(group, scope, effects.send_errcode, replaces_answer=True, **options)
    return str(errcode), kind


def _network_fault(effect: Effect, **options: Any) -> FaultKind:
    return FaultKind("network", "all", effect, **options)


def _garbled_fault(effect: Effect, **options: Any) -> FaultKind:
    return FaultKind("garbled", "all", effect, **options)


def _page_fault(group: str, scope: str, effect: Effect, **options: Any) -> FaultKind:
    return FaultKind(group, scope, effect, allowed_paths=tuple(LISTS), **options)


def _profile_fault(effect: Effect, **options: Any) -> FaultKind:
    return FaultKind("profiles", "profiles", effect, allowed_paths=(BATCHGET,), **options)


def _statistics_fault(effect: Effect, **options: Any) -> FaultKind:
    paths = (DATACUBE_SUMMARY, DATACUBE_CUMULATE)
    return FaultKind("statistics", "statistics", effect, allowed_paths=paths, **options)


FAULTS: dict[str, FaultKind] = dict(
    [
        _errcode_fault(40125, "account", "token", revokes_tokens=True),
        _errcode_fault(40013, "account", "token", revokes_tokens=True),
        _errcode_fault(40164, "account", "all", options=_IP),
        _errcode_fault(61004, "account", "all", options=_IP),
        _errcode_fault(40243, "account", "token", revokes_tokens=True),
        _errcode_fault(89503, "account", "token", revokes_tokens=True),
        _errcode_fault(48001, "account", "list"),
        _errcode_fault(48004, "account", "api"),
        _errcode_fault(50002, "account", "api"),
        _errcode_fault(45009, "limits", "list"),
        _errcode_fault(45011, "limits", "api"),
        _errcode_fault(-1, "limits", "all"),
        _errcode_fault(40001, "limits", "api"),
        _errcode_fault(40014, "limits", "api"),
        _errcode_fault(42001, "limits", "api"),
        _errcode_fault(40003, "limits", "walk"),
        _errcode_fault(45159, "tags", "tagging"),
        _errcode_fault(45169, "tags", "tagging"),
        _errcode_fault(61503, "statistics", "statistics"),
    ]
)
FAULTS |= {
    "slow": _network_fault(effects.delay, options={"seconds": 5}),
    "timeout": _network_fault(
        effects.send_with(replies.stay_silent), replaces_answer=True, options={"seconds": 120}
    ),
    "reset": _network_fault(effects.send_with(replies.send_reset), replaces_answer=True),
    "truncated": _network_fault(effects.send_with(replies.send_truncated)),
    "drip": _network_fault(effects.send_with(replies.drip_body), options={"seconds": 1}),
    "drip_headers": _network_fault(effects.send_with(replies.drip), options={"seconds": 1}),
    "http_500": _network_fault(
        effects.send_html(500, "Internal Server Error"), replaces_answer=True
    ),
    "http_502": _network_fault(effects.send_html(502, "Bad Gateway"), replaces_answer=True),
    "http_503": _network_fault(effects.send_html(503, "Service Unavailable"), replaces_answer=True),
    "http_429": _network_fault(effects.send_html(429, "Too Many Requests"), replaces_answer=True),
    "text_plain": _garbled_fault(effects.send_as_plain_text),
    "invalid_utf8": _garbled_fault(effects.add_note(b"\xe5\x90\xff\xfe")),
    "control_characters": _garbled_fault(effects.add_note(b"a\x07\x14\x08\n\tb")),
    "not_json": _garbled_fault(effects.send_html(200, "Welcome"), replaces_answer=True),
    "empty_body": _garbled_fault(
        effects.send_raw(200, b"", "application/json"), replaces_answer=True
    ),
    "json_list": FaultKind("garbled", "api", effects.change_payload(lambda payload: [payload])),
    "json_string": FaultKind("garbled", "api", effects.change_payload(lambda payload: "ok")),
    "data_null": _page_fault("garbled", "list", distortions.data_null),
    "openid_null": _page_fault("garbled", "list", distortions.openid_null),
    "numbers_as_text": _garbled_fault(effects.change_payload(effects.stringify_numbers)),
    "duplicates": _page_fault("list", "list", distortions.duplicates, options={"ids": 50}),
    "blank_ids": _page_fault("list", "list", distortions.blank_ids),
    "repeated_cursor": _page_fault("list", "walk", distortions.repeated_cursor),
    "cycle": _page_fault("list", "walk", distortions.cycle),
    "endless": _page_fault("list", "list", distortions.endless, replaces_answer=True),
    "total_drifts": _page_fault("list", "list", distortions.total_drifts),
    "total_lies": _page_fault("list", "list", distortions.total_lies, options={"factor": 0.1}),
    "ends_early": _page_fault("list", "walk", distortions.ends_early, replaces_answer=True),
    "empty_list": _page_fault("list", "list", distortions.empty_list, replaces_answer=True),
    "no_next_openid": _page_fault("list", "last", distortions.no_next_openid),
    "omits": _page_fault("list", "list", distortions.omits, options={"people": 50, "counted": 1}),
    "tag_cut_short": _page_fault("tags", "tag", distortions.cut_short, options={"share": 0.5}),
    "tag_empty": _page_fault("tags", "tag", distortions.empty_list, replaces_answer=True),
    "misaligned": _profile_fault(distortions.misaligned, options={"around": 0}),
    "short": _profile_fault(distortions.short, options={"rows": 3}),
    "shuffled": _profile_fault(distortions.shuffled),
    "profiles_missing": _profile_fault(distortions.without_profiles),
    "statistics_late": _statistics_fault(datacube.late),
    "statistics_rows_missing": _statistics_fault(datacube.rows_missing, options={"rows": 3}),
    "statistics_rows_split": FaultKind(
        "statistics", "summary", datacube.rows_split, allowed_paths=(DATACUBE_SUMMARY,)
    ),
}


def applies_to(fault: Fault, call: Call) -> bool:
    """Whether the fault affects this call."""
    scope = SCOPES[FAULTS[fault.name].scope]
    matches = scope.matches_path(call.path) if fault.path is None else call.path == fault.path
    return matches and scope.matches_call(call)
