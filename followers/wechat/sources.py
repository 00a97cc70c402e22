"""The sources from which followers subscribed: their names, and their numbers in statistics."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
# New sources are added over the years; unknown ones are shown as WeChat writes them.
SOURCES: dict[str, Promise] = {
    "ADD_SCENE_QR_CODE": gettext_lazy("QR code"),
    "ADD_SCENE_SEARCH": gettext_lazy("Account search"),
    "ADD_SCENE_PROFILE_CARD": gettext_lazy("Shared name card"),
    "ADD_SCENE_PROFILE_LINK": gettext_lazy("Account name in an article"),
    "ADD_SCENE_PROFILE_ITEM": gettext_lazy("Menu of an article page"),
    "ADD_SCENE_PAID": gettext_lazy("After a payment"),
    "ADD_SCENE_WECHAT_ADVERTISEMENT": gettext_lazy("WeChat advertisement"),
    "ADD_SCENE_REPRINT": gettext_lazy("Somebody's repost"),
    "ADD_SCENE_LIVESTREAM": gettext_lazy("Channels live stream"),
    "ADD_SCENE_CHANNELS": gettext_lazy("WeChat Channels"),
    "ADD_SCENE_WXA": gettext_lazy("Mini program"),
    "ADD_SCENE_ACCOUNT_MIGRATION": gettext_lazy("Account migration"),
    "ADD_SCENE_OTHERS": gettext_lazy("Other"),
}

# https://developers.weixin.qq.com/doc/service/api/wedata/user/api_getusersummary
# The sources of WeChat's own statistics are numbers; older lists had others.
USER_SOURCES: dict[int, Promise] = {
    0: SOURCES["ADD_SCENE_OTHERS"],
    1: SOURCES["ADD_SCENE_SEARCH"],
    17: SOURCES["ADD_SCENE_PROFILE_CARD"],
    30: SOURCES["ADD_SCENE_QR_CODE"],
    57: SOURCES["ADD_SCENE_PROFILE_LINK"],
    100: SOURCES["ADD_SCENE_WECHAT_ADVERTISEMENT"],
    149: SOURCES["ADD_SCENE_WXA"],
    161: SOURCES["ADD_SCENE_REPRINT"],
    200: SOURCES["ADD_SCENE_CHANNELS"],
    201: SOURCES["ADD_SCENE_LIVESTREAM"],
}
USER_SOURCE_BY_SCENE: dict[str, int] = {
    "ADD_SCENE_OTHERS": 0,
    # Since June 2023; before, payments were a source of their own.
    "ADD_SCENE_PAID": 0,
    "ADD_SCENE_SEARCH": 1,
    "ADD_SCENE_PROFILE_CARD": 17,
    "ADD_SCENE_QR_CODE": 30,
    "ADD_SCENE_PROFILE_LINK": 57,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 100,
    "ADD_SCENE_WXA": 149,
    "ADD_SCENE_REPRINT": 161,
    "ADD_SCENE_CHANNELS": 200,
    "ADD_SCENE_LIVESTREAM": 201,
}
"""Where WeChat's statistics count a `subscribe_scene`, for those whose number is documented.

The menu of an article page and account migration are not; they may be among the others.
"""


def source_name(scene: str) -> str:
    """The translated name of a `subscribe_scene`."""
    return str(SOURCES.get(scene, scene))


def user_source_name(source: int) -> str:
    """The translated name of a `user_source`, or its number."""
    return str(USER_SOURCES.get(source, source))
