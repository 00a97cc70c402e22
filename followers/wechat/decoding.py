"""From the bytes of an answer to checked plain values; every surprise is a Retriable "shape"."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .errors import Retriable
from .tokens import AccessToken

NOT_JSON = object()
"""Stands for an answer that cannot be decoded; None is JSON too."""

_C0 = dict.fromkeys([*range(0x20), 0x7F])
_OPENID = re.compile(r"[A-Za-z0-9_=-]{1,64}")


@dataclass(frozen=True)
class OpenidPage:
    """One page of follower ids, as WeChat lists them: no order is promised, ids may repeat.

    total: WeChat's moving count of all followers, None where it sent no number; for display.
    """

    total: int | None
    openids: tuple[str, ...]
    next_openid: str

    @property
    def ended(self) -> bool:
        """Whether the list ends here: no ids, or nothing to ask for next.

        The last page with ids usually repeats its last id as `next_openid`, and only the extra
        page after it is empty; `total` moves and a short page is no promised end.
        """
        return not self.openids or not self.next_openid


@dataclass(frozen=True)
class Quota:
    """Calls of one path a day: allowed, and made by all systems that use the account."""

    daily_limit: int
    used: int


def loads(content: bytes) -> Any:
    """JSON as WeChat writes it: with raw control characters and bytes that are not UTF-8.

    NOT_JSON where it is no JSON at all.
    """
    try:
        return json.loads(content.decode("utf-8-sig", "ignore"), strict=False)
    except (ValueError, RecursionError):
        return NOT_JSON


def errcode(answer: Any) -> int:
    """0 for success; a missing errcode is success, and some services send it as a string."""
    if not isinstance(answer, dict):
        raise _odd("an object", answer)
    value = answer.get("errcode")
    if value is None:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise _odd("a number as errcode", value) from None


def access_token(answer: dict[str, Any]) -> AccessToken:
    """The two fields of both token endpoints."""
    value, expires_in = answer.get("access_token"), _number(answer.get("expires_in"))
    if not isinstance(value, str) or not value or not value.isprintable():
        raise Retriable("shape", params={"reason": "expected an access_token"})
    if not expires_in:
        raise _odd("a number as expires_in", answer.get("expires_in"))
    return AccessToken(value, expires_in)


def openid_page(answer: dict[str, Any]) -> OpenidPage:
    """A page of user/get.

    Missing and null parts are how WeChat writes an empty list. Parts of another type are not
    taken for an end: whoever takes them so would believe that everybody has left.
    """
    data = _part(answer.get("data"), dict, "an object as data")
    ids = _part(data.get("openid"), list, "a list as data.openid")
    openids = tuple(openid for openid in map(_openid, ids) if openid)
    return OpenidPage(_number(answer.get("total")), openids, _openid(answer.get("next_openid")))


def quota(answer: dict[str, Any]) -> Quota:
    """The daily part of openapi/quota/get."""
    numbers = answer.get("quota")
    if not isinstance(numbers, dict):
        raise _odd("an object as quota", numbers)
    return Quota(_number(numbers.get("daily_limit")) or 0, _number(numbers.get("used")) or 0)


def ip_list(answer: dict[str, Any]) -> list[str]:
    """The addresses of getcallbackip."""
    return [str(ip) for ip in _part(answer.get("ip_list"), list, "a list as ip_list")]


def _part(value: Any, kind: type, expected: str) -> Any:
    # PHP-like services write an empty object as [] or "".
    if value is None or value == [] or value == "":
        return kind()
    if not isinstance(value, kind):
        raise _odd(expected, value)
    return value


def _openid(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _odd("a string as openid", value)
    openid = value.translate(_C0).strip()
    if openid and not _OPENID.fullmatch(openid):
        raise Retriable("shape", params={"reason": f"expected an openid, not {openid!r:.60}"})
    return openid


def _number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number >= 0 else None


def _odd(expected: str, value: Any) -> Retriable:
    # The type only: what stands in a wrong place may be a secret.
    kind = type(value).__name__
    return Retriable("shape", params={"reason": f"expected {expected}, not {kind}"})
