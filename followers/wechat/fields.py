"""One field of an answer, checked; what has a wrong type is a Retriable "shape"."""

import re
from typing import Any

from .errors import Retriable

_C0 = dict.fromkeys([*range(0x20), 0x7F])
_OPENID = re.compile(r"[A-Za-z0-9_=-]{1,64}")
_OPENIDS = re.compile(rf"{_OPENID.pattern}(?:,{_OPENID.pattern})*")


def clean(text: str) -> str:
    """`text` without C0 control characters and lone surrogates, which databases refuse."""
    return text.translate(_C0).encode("utf-8", "ignore").decode()


def part(value: Any, kind: type, expected: str) -> Any:
    """`value` if it is a `kind`, an empty `kind` where there is none."""
    # PHP-like services write an empty object as [] or "".
    if value is None or value == [] or value == "":
        return kind()
    if not isinstance(value, kind):
        raise odd(expected, value)
    return value


def openid(value: Any) -> str:
    """An openid, "" where there is none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise odd("a string as openid", value)
    text = clean(value).strip()
    if text and not _OPENID.fullmatch(text):
        raise Retriable("shape", params={"reason": f"expected an openid, not {text!r:.60}"})
    return text


def openids(values: list[Any]) -> tuple[str, ...]:
    """The openids of a list, blanks left out.

    Ten thousand good ones are checked at once; one odd one among them has all looked at singly.
    """
    try:
        found = tuple(filter(None, values))
        joined = ",".join(found)
    except TypeError:
        found, joined = (), ""
    if joined.count(",") == len(found) - 1 and _OPENIDS.fullmatch(joined):
        return found
    return tuple(one for one in map(openid, values) if one)


def number(value: Any) -> int | None:
    """A whole number of 0 or more, None for anything else; some services send it as text."""
    if isinstance(value, bool):
        return None
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found >= 0 else None


def text(value: Any) -> str | None:
    """A cleaned text, None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return clean(value) if isinstance(value, str) else None


def odd(expected: str, value: Any) -> Retriable:
    """The error for a `value` that is not as `expected`."""
    # The type only: what stands in a wrong place may be a secret.
    kind = type(value).__name__
    return Retriable("shape", params={"reason": f"expected {expected}, not {kind}"})
