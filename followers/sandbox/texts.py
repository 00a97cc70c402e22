"""The texts of texts.toml: errmsg by errcode, words for faults, texts of profiles."""

import tomllib
from importlib.resources import files
from typing import Any

_TEXTS = tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))

ERRMSG: dict[int, str] = {int(code): text for code, text in _TEXTS["errmsg"].items()}
# By name: `title` and `text`, each in `zh` and `en`.
FAULT_TEXTS: dict[str, dict[str, dict[str, str]]] = {
    name: {
        part: {lang: text.format(**_TEXTS["phrases"][lang]) for lang, text in languages.items()}
        for part, languages in parts.items()
    }
    for name, parts in _TEXTS["faults"].items()
}
PEOPLE: dict[str, Any] = _TEXTS["people"]
