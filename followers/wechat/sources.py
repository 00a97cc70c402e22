"""Names of the sources from which followers subscribed."""

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


def source_name(scene: str) -> str:
    """The translated name of a `subscribe_scene`."""
    return str(SOURCES.get(scene, scene))
