"""Converts responses to checked plain values; unexpected ones raise a Retriable "shape"."""

import json
from dataclasses import dataclass
from typing import Any

from .errors import Retriable
from .parsing import parse_int, parse_nested, parse_openid, parse_openids, parse_text, wrong_type
from .tokens import AccessToken

NOT_JSON = object()
"""Returned for a response that is not JSON; None would be a JSON value."""


@dataclass(frozen=True)
class OpenidPage:
    """One page of openids, in no guaranteed order; openids may repeat.

    total: WeChat's current count of all followers, None where it sent no number; for display.
    """

    total: int | None
    openids: tuple[str, ...]
    next_openid: str

    @property
    def is_last(self) -> bool:
        """Whether the list ends here: the page has no openids or no `next_openid`.

        Usually the last page with openids still has a `next_openid` (its own last one), and is
        followed by an empty page. Neither `total` nor a short page indicates the end.
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
    """Daily calls of one path: the limit, and those made by all systems that use the account."""

    daily_limit: int
    used: int


def decode_json(content: bytes) -> Any:
    """Decode JSON, tolerating raw control characters and invalid UTF-8, which WeChat sends.

    Returns NOT_JSON where the content is not JSON.
    """
    try:
        return json.loads(content.decode("utf-8-sig", "ignore"), strict=False)
    except (ValueError, RecursionError):
        return NOT_JSON


def errcode(answer: Any) -> int:
    """The errcode, 0 for success. It may be missing (success), and some services send a string."""
    if not isinstance(answer, dict):
        raise wrong_type("an object", answer)
    value = answer.get("errcode")
    if value is None:
        return 0
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise wrong_type("a number as errcode", value) from None


def access_token(answer: dict[str, Any]) -> AccessToken:
    """The two fields of both token endpoints."""
    value, expires_in = answer.get("access_token"), parse_int(answer.get("expires_in"))
    if not isinstance(value, str) or not value or not value.isprintable():
        raise Retriable("shape", params={"reason": "expected an access_token"})
    if not expires_in:
        raise wrong_type("a number as expires_in", answer.get("expires_in"))
    return AccessToken(value, expires_in)


def openid_page(answer: dict[str, Any]) -> OpenidPage:
    """A page of user/get, user/tag/get or getblacklist; only user/tag/get has no total.

    Missing and null values mean an empty list. Values of another type are an error: as an empty
    list, they would mean that all followers have left.
    """
    data = parse_nested(answer.get("data"), dict, "an object as data")
    ids = parse_nested(data.get("openid"), list, "a list as data.openid")
    total, next_openid = parse_int(answer.get("total")), parse_openid(answer.get("next_openid"))
    return OpenidPage(total, parse_openids(ids), next_openid)


def tags(answer: dict[str, Any]) -> tuple[TagInfo, ...]:
    """The tags of tags/get.

    A missing list is an error: as an empty list, it would delete every tag.
    """
    rows = answer.get("tags")
    if not isinstance(rows, list):
        raise wrong_type("a list as tags", rows)
    return tuple(map(_tag, rows))


def new_tag(answer: dict[str, Any]) -> TagInfo:
    """The tag of tags/create, which has no followers yet."""
    row = answer.get("tag")
    return _tag({**row, "count": 0} if isinstance(row, dict) else row)


def _tag(row: Any) -> TagInfo:
    if not isinstance(row, dict):
        raise wrong_type("an object as tag", row)
    tag_id, count = parse_int(row.get("id")), parse_int(row.get("count"))
    name = parse_text(row.get("name"))
    if tag_id is None or name is None or count is None:
        raise Retriable("shape", params={"reason": "expected id, name and count of a tag"})
    return TagInfo(tag_id, name, count)


def no_result(_answer: dict[str, Any]) -> None:
    """For changes: the response contains nothing but the errcode."""


def quota(answer: dict[str, Any]) -> Quota:
    """The daily part of openapi/quota/get."""
    numbers = answer.get("quota")
    if not isinstance(numbers, dict):
        raise wrong_type("an object as quota", numbers)
    return Quota(parse_int(numbers.get("daily_limit")) or 0, parse_int(numbers.get("used")) or 0)


def ip_list(answer: dict[str, Any]) -> list[str]:
    """The addresses of getcallbackip."""
    return [str(ip) for ip in parse_nested(answer.get("ip_list"), list, "a list as ip_list")]
