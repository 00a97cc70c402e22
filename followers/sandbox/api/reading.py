"""The endpoints that return lists, profiles and tags."""

from typing import Any

from . import paging
from .account import Account
from .calls import Call
from .errors import ApiError

_MAX_PROFILES = 100


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans
def user_get(call: Call) -> dict[str, Any]:
    page = paging.page(call)
    # Old documentation shows a blank id at the top of the list, which `count` does not count.
    if call.account.options.blank_id and not call.cursor and page["count"]:
        page["data"]["openid"].insert(0, "")
    return page


# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
def user_info(call: Call) -> dict[str, Any]:
    openid = call.query.get("openid")
    if not openid:
        raise ApiError(41009)
    return call.account.records.profile(call.openid_slot(openid))


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/userinfo/api_batchuserinfo
def batchget(call: Call) -> dict[str, Any]:
    user_list = call.json_body.get("user_list")
    if not isinstance(user_list, list) or not 1 <= len(user_list) <= _MAX_PROFILES:
        raise ApiError(40032)
    # One invalid id fails the whole batch.
    openids = [user.get("openid") if isinstance(user, dict) else None for user in user_list]
    slots = [call.openid_slot(openid) for openid in openids]
    return {"user_info_list": [call.account.records.profile(slot) for slot in slots]}


# https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_gettags
def tags_get(call: Call) -> dict[str, Any]:
    return {"tags": list_tags(call.account)}


def list_tags(account: Account) -> list[dict[str, Any]]:
    """All tags with their numbers of followers."""
    records = account.records
    with account.population.lock:
        return [
            {"id": tag.id, "name": tag.name, "count": records.followers_in(tag.members).total}
            for tag in records.tags.values()
        ]


# https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_gettagidlist
def tags_getidlist(call: Call) -> dict[str, Any]:
    slot = call.follower_slot(call.json_body.get("openid"), foreign_errcode=49003)
    return {"tagid_list": call.account.records.tags_of(slot)}
