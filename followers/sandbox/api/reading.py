"""The endpoints that tell about followers: lists, profiles and tags."""

from typing import Any

from . import paging
from .account import Account
from .calls import Call
from .errors import Refused

_MAX_PROFILES = 100


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans
def user_get(call: Call) -> dict[str, Any]:
    page = paging.page(call)
    # Old documentation shows a blank id on top of the list, which `count` leaves out.
    if call.account.options.blank_id and not call.cursor and page["count"]:
        page["data"]["openid"].insert(0, "")
    return page


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
def user_info(call: Call) -> dict[str, Any]:
    openid = call.query.get("openid")
    if not openid:
        raise Refused(41009)
    return call.account.records.profile(call.person_slot(openid))


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_batchuserinfo
def batchget(call: Call) -> dict[str, Any]:
    asked = call.json_body.get("user_list")
    if not isinstance(asked, list) or not 1 <= len(asked) <= _MAX_PROFILES:
        raise Refused(40032)
    # One bad id spoils it for all.
    openids = [one.get("openid") if isinstance(one, dict) else None for one in asked]
    slots = [call.person_slot(openid) for openid in openids]
    return {"user_info_list": [call.account.records.profile(slot) for slot in slots]}


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_gettags
def tags_get(call: Call) -> dict[str, Any]:
    return {"tags": tags(call.account)}


def tags(account: Account) -> list[dict[str, Any]]:
    """Every tag with the number of followers who have it."""
    records = account.records
    with account.population.lock:
        return [
            {"id": tag.id, "name": tag.name, "count": records.followers_in(tag.members).total}
            for tag in records.tags.values()
        ]


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_gettagidlist
def tags_of_one(call: Call) -> dict[str, Any]:
    slot = call.follower_slot(call.json_body.get("openid"), foreign=49003)
    return {"tagid_list": call.account.records.tags_of(slot)}
