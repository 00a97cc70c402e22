"""Profiles as user/info and batchget answer them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import Retriable
from .parsing import parse_int, parse_openid, parse_text, wrong_type

# Sent blank since the end of 2021, although some documentation pages still list them.
LEGACY_TEXTS = ("nickname", "headimgurl", "country", "province", "city")


@dataclass(frozen=True)
class Profile:
    """One profile; only `openid` and `subscribed` are set where the person does not follow.

    None means that WeChat did not send the field, so that a stored value stays; "" means empty.
    subscribe_time: aware, UTC; of the latest subscription.
    unionid: None unless the account is bound to an Open Platform account.
    subscribe_scene: as WeChat writes it; new scenes are added over the years.
    qr_scene: the QR code's number; None for 0, which WeChat sends where there is none.
    legacy: those of nickname, headimgurl, country, province, city and sex that are not blank.
    """

    openid: str
    subscribed: bool
    subscribe_time: datetime | None = None
    unionid: str | None = None
    remark: str | None = None
    subscribe_scene: str = ""
    qr_scene: int | None = None
    qr_scene_str: str = ""
    language: str = ""
    legacy: dict[str, str | int] = field(default_factory=dict)


def parse_profile(row: Any) -> Profile:
    """One profile.

    `openid` and `subscribe` must be valid. Any other field that is not as documented counts as
    missing, so that one odd profile does not fail its whole batch.
    """
    if not isinstance(row, dict):
        raise wrong_type("an object as profile", row)
    openid, subscribed = parse_openid(row.get("openid")), parse_int(row.get("subscribe"))
    if not openid:
        raise Retriable("shape", params={"reason": "expected an openid in the profile"})
    if subscribed not in (0, 1):
        raise Retriable("shape", params={"reason": "expected subscribe to be 0 or 1"})
    # Other fields, such as an empty list of tags, mean nothing for somebody who does not follow.
    return _subscribed_profile(openid, row) if subscribed else Profile(openid, subscribed=False)


def parse_profiles(answer: dict[str, Any]) -> tuple[Profile, ...]:
    """The profiles of batchget as received, which may not be the requested order."""
    rows = answer.get("user_info_list")
    if not isinstance(rows, list):
        raise wrong_type("a list as user_info_list", rows)
    return tuple(map(parse_profile, rows))


def _subscribed_profile(openid: str, row: dict[str, Any]) -> Profile:
    legacy: dict[str, str | int] = {"sex": parse_int(row.get("sex")) or 0}
    legacy |= {name: (parse_text(row.get(name)) or "").strip() for name in LEGACY_TEXTS}
    return Profile(
        openid,
        subscribed=True,
        subscribe_time=_parse_timestamp(row.get("subscribe_time")),
        unionid=(parse_text(row.get("unionid")) or "").strip() or None,
        remark=parse_text(row.get("remark")),
        subscribe_scene=parse_text(row.get("subscribe_scene")) or "",
        qr_scene=parse_int(row.get("qr_scene")) or None,
        qr_scene_str=parse_text(row.get("qr_scene_str")) or "",
        language=parse_text(row.get("language")) or "",
        legacy={name: value for name, value in legacy.items() if value},
    )


def _parse_timestamp(value: Any) -> datetime | None:
    seconds = parse_int(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
