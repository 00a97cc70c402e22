"""Parsers of single fields of a response; a wrong type raises a Retriable "shape"."""

import re
from typing import Any

from .errors import Retriable

_C0 = dict.fromkeys([*range(0x20), 0x7F])
_OPENID = re.compile(r"[A-Za-z0-9_=-]{1,64}")
_OPENIDS = re.compile(rf"{_OPENID.pattern}(?:,{_OPENID.pattern})*")


def clean_text(text: str) -> str:
    """`text` without C0 control characters and lone surrogates, which databases reject."""
    return text.translate(_C0).encode("utf-8", "ignore").decode()


def parse_nested(value: Any, kind: type, expected: str) -> Any:
    """`value` if it is a `kind`, or an empty `kind` where it is missing."""
    # PHP-like services write an empty object as [] or "".
    if value is None or value == [] or value == "":
        return kind()
    if not isinstance(value, kind):
        raise wrong_type(expected, value)
    return value


def parse_openid(value: Any) -> str:
    """An openid, or "" for None."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong_type("a string as openid", value)
    text = clean_text(value).strip()
    if text and not _OPENID.fullmatch(text):
        raise Retriable("shape", params={"reason": f"expected an openid, not {text!r:.60}"})
    return text


def parse_openids(values: list[Any]) -> tuple[str, ...]:
    """The openids of a list, without blanks.

    A valid list is checked with a single match; each item is parsed only if that fails.
    """
    try:
        found = tuple(filter(None, values))
        joined = ",".join(found)
    except TypeError:
        found, joined = (), ""
    if joined.count(",") == len(found) - 1 and _OPENIDS.fullmatch(joined):
        return found
    return tuple(one for one in map(parse_openid, values) if one)


def parse_int(value: Any) -> int | None:
    """A whole number of 0 or more, also from a string; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found >= 0 else None


def parse_text(value: Any) -> str | None:
    """A cleaned string, also from a number; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return clean_text(value) if isinstance(value, str) else None


def wrong_type(expected: str, value: Any) -> Retriable:
    """The error for a `value` of another type than `expected`."""
    # The type only: the value may be a secret.
    kind = type(value).__name__
    return Retriable("shape", params={"reason": f"expected {expected}, not {kind}"})
