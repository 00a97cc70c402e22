"""Languages and earlier profiles of followers in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

# Django names the other languages, but these only by their script.
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


def language(code: str) -> str:
    """The name of a WeChat language code; an unknown code is returned unchanged."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    try:
        return str(get_language_info(code.replace("_", "-").lower())["name_translated"])
    except KeyError:
        return code


def earlier_profile(legacy: Any) -> list[tuple[str, str]]:
    """Label and value of each stored field that WeChat no longer sends."""
    if not isinstance(legacy, dict):
        return []
    said = {name: value for name, value in legacy.items() if value}
    if "sex" in said:
        said["sex"] = SEXES.get(said["sex"], said["sex"])
    return [(str(label), str(said[name])) for name, label in LEGACY if name in said]


def yes_no(value: bool) -> str:
    return _("Yes") if value else _("No")
