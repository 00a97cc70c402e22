"""From the bytes of an answer to checked plain values; every surprise is a Retriable "shape"."""

import json
from dataclasses import dataclass
from typing import Any

from .errors import Retriable
from .fields import number, odd, openid, openids, part, text
from .tokens import AccessToken

NOT_JSON = object()
"""Stands for an answer that cannot be decoded; None is JSON too."""


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
class TagInfo:
    """A tag as WeChat keeps it; `count` is how many followers have it."""

    id: int
    name: str
    count: int


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
        raise odd("an object", answer)
    value = answer.get("errcode")
    if value is None:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise odd("a number as errcode", value) from None


def access_token(answer: dict[str, Any]) -> AccessToken:
    """The two fields of both token endpoints."""
    value, expires_in = answer.get("access_token"), number(answer.get("expires_in"))
    if not isinstance(value, str) or not value or not value.isprintable():
        raise Retriable("shape", params={"reason": "expected an access_token"})
    if not expires_in:
        raise odd("a number as expires_in", answer.get("expires_in"))
    return AccessToken(value, expires_in)


def openid_page(answer: dict[str, Any]) -> OpenidPage:
    """A page of user/get, user/tag/get or getblacklist; only user/tag/get has no total.

    Missing and null parts are how WeChat writes an empty list. Parts of another type are not
    taken for an end: whoever takes them so would believe that everybody has left.
    """
    data = part(answer.get("data"), dict, "an object as data")
    ids = part(data.get("openid"), list, "a list as data.openid")
    return OpenidPage(number(answer.get("total")), openids(ids), openid(answer.get("next_openid")))


def tags(answer: dict[str, Any]) -> tuple[TagInfo, ...]:
    """The tags of tags/get.

    A list that is missing is not taken for an empty one: that would delete every tag.
    """
    rows = answer.get("tags")
    if not isinstance(rows, list):
        raise odd("a list as tags", rows)
    return tuple(map(_tag, rows))


def new_tag(answer: dict[str, Any]) -> TagInfo:
    """The tag of tags/create, which nobody has yet."""
    row = answer.get("tag")
    return _tag({**row, "count": 0} if isinstance(row, dict) else row)


def _tag(row: Any) -> TagInfo:
    if not isinstance(row, dict):
        raise odd("an object as tag", row)
    tag_id, name, count = number(row.get("id")), text(row.get("name")), number(row.get("count"))
    if tag_id is None or name is None or count is None:
        raise Retriable("shape", params={"reason": "expected id, name and count of a tag"})
    return TagInfo(tag_id, name, count)


def done(_answer: dict[str, Any]) -> None:
    """A change that WeChat has accepted says nothing else."""


def quota(answer: dict[str, Any]) -> Quota:
    """The daily part of openapi/quota/get."""
    numbers = answer.get("quota")
    if not isinstance(numbers, dict):
        raise odd("an object as quota", numbers)
    return Quota(number(numbers.get("daily_limit")) or 0, number(numbers.get("used")) or 0)


def ip_list(answer: dict[str, Any]) -> list[str]:
    """The addresses of getcallbackip."""
    return [str(ip) for ip in part(answer.get("ip_list"), list, "a list as ip_list")]
