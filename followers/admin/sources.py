"""Where followers came from and which language they use, in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

# https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
# The list has grown over the years; what is not in it is shown as WeChat writes it.
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
# Django knows the others, but calls these by their scripts alone.
LANGUAGES: dict[str, Promise] = {
    "zh_CN": gettext_lazy("Simplified Chinese"),
    "zh_TW": gettext_lazy("Traditional Chinese (Taiwan)"),
    "zh_HK": gettext_lazy("Traditional Chinese (Hong Kong)"),
}
SEXES = {1: gettext_lazy("male"), 2: gettext_lazy("female")}
LEGACY = (
    ("nickname", gettext_lazy("Nickname")),
    ("sex", gettext_lazy("Sex")),
    ("country", gettext_lazy("Country")),
    ("province", gettext_lazy("Province")),
    ("city", gettext_lazy("City")),
    ("headimgurl", gettext_lazy("Address of the picture")),
)


def source(scene: str) -> str:
    """A `subscribe_scene` in words."""
    return str(SOURCES.get(scene, scene))


def language(code: str) -> str:
    """The language of somebody's WeChat in words; codes that nobody knows as they are."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    try:
        return str(get_language_info(code.replace("_", "-").lower())["name_translated"])
    except KeyError:
        return code


def earlier_profile(legacy: Any) -> list[tuple[str, str]]:
    """Label and value of each field that is still known from before WeChat stopped sending it."""
    if not isinstance(legacy, dict):
        return []
    said = {name: value for name, value in legacy.items() if value}
    if "sex" in said:
        said["sex"] = SEXES.get(said["sex"], said["sex"])
    return [(str(label), str(said[name])) for name, label in LEGACY if name in said]


def yes_no(value: bool) -> str:
    return _("Yes") if value else _("No")
