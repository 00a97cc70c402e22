"""Profiles as user/info and batchget answer them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import Retriable
from .fields import number, odd, openid, text

# Sent blank since the end of 2021, although some pages still document them as if alive.
LEGACY_TEXTS = ("nickname", "headimgurl", "country", "province", "city")


@dataclass(frozen=True)
class Profile:
    """What WeChat says about one person; of somebody who does not follow it says nothing more.

    None is "not said" and no reason to forget something, while "" says that there is none.
    subscribe_time: aware, UTC; the last time where the person followed several times.
    unionid: None unless the account is bound to an Open Platform account.
    subscribe_scene: as WeChat writes it; its list of scenes has grown over the years.
    qr_scene: a QR code's number, None for none, which WeChat writes as 0.
    legacy: what is left of nickname, headimgurl, country, province, city and sex: no blanks.
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


def profile(row: Any) -> Profile:
    """One profile.

    Whose it is and whether they follow must be certain; any other field that is not as
    documented counts as not said, so that one odd person does not fail the others of a batch.
    """
    if not isinstance(row, dict):
        raise odd("an object as profile", row)
    whose, subscribed = openid(row.get("openid")), number(row.get("subscribe"))
    if not whose:
        raise Retriable("shape", params={"reason": "expected an openid in the profile"})
    if subscribed not in (0, 1):
        raise Retriable("shape", params={"reason": "expected subscribe to be 0 or 1"})
    # The few things sent about people who left, such as an empty list of tags, mean nothing.
    return _follower(whose, row) if subscribed else Profile(whose, subscribed=False)


def profiles(answer: dict[str, Any]) -> tuple[Profile, ...]:
    """The profiles of batchget in the order received, which need not be the order asked for."""
    rows = answer.get("user_info_list")
    if not isinstance(rows, list):
        raise odd("a list as user_info_list", rows)
    return tuple(map(profile, rows))


def _follower(whose: str, row: dict[str, Any]) -> Profile:
    legacy: dict[str, str | int] = {"sex": number(row.get("sex")) or 0}
    legacy |= {name: (text(row.get(name)) or "").strip() for name in LEGACY_TEXTS}
    return Profile(
        whose,
        subscribed=True,
        subscribe_time=_moment(row.get("subscribe_time")),
        unionid=(text(row.get("unionid")) or "").strip() or None,
        remark=text(row.get("remark")),
        subscribe_scene=text(row.get("subscribe_scene")) or "",
        qr_scene=number(row.get("qr_scene")) or None,
        qr_scene_str=text(row.get("qr_scene_str")) or "",
        language=text(row.get("language")) or "",
        legacy={name: value for name, value in legacy.items() if value},
    )


def _moment(value: Any) -> datetime | None:
    seconds = number(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
