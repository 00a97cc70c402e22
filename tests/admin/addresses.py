"""Every address of the admin, as the URL resolver has it, and the fields of rendered forms."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, get_resolver, reverse

# Where a person signs in or out: the tests would lose their session there.
SESSION = {"login", "logout"}
# Parameters that name no row.
FIXED = {"app_label": "followers", "outcome": "failed", "kind": "csv"}


def names() -> list[tuple[str, tuple[str, ...]]]:
    """(name, its parameters) of every address below /admin/ that has a name."""
    _prefix, inner = get_resolver().namespace_dict[admin.site.name]
    ways = [*inner.reverse_dict.lists(), *_outside()]
    return sorted(
        (name, tuple(found[0][0][0][1]))
        for name, found in ways
        if isinstance(name, str) and name not in SESSION
    )


def _outside() -> list[tuple[Any, Any]]:
    """Those below /admin/ that are not in the admin's namespace."""
    ways = get_resolver().reverse_dict.lists()
    return [(name, found) for name, found in ways if found[0][0][0][0].startswith("admin/")]


def model_of(name: str, keys: dict[str, list[Any]]) -> str:
    """The longest beginning of an address's name in `keys`, "" without one."""
    return max((it for it in keys if name.startswith(it)), key=len, default="")


def addresses(keys: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    """(name, address), filled with the keys of `model_of` its name."""
    for name, parameters in names():
        for key in keys.get(model_of(name, keys), ["1"]) if parameters else [None]:
            given: dict[str, Any] = dict.fromkeys(parameters, key)
            given |= {it: value for it, value in FIXED.items() if it in given}
            if {"object_id", "key"} <= given.keys():
                given["key"] = "growth"
            if "content_type_id" in given:
                given["content_type_id"] = ContentType.objects.get_for_model(User).pk
            yield name, _reversed(name, given)


def _reversed(name: str, given: dict[str, Any]) -> str:
    try:
        return reverse(f"admin:{name}", kwargs=given)
    except NoReverseMatch:
        return reverse(name, kwargs=given)


class Form(HTMLParser):
    """What a browser would send of a page's own POST form, and every choice that it offers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.choices: dict[str, list[str]] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        name = own.get("name", "")
        if tag == "select":
            self._select = name
            self.choices.setdefault(name, [])
        elif tag == "option" and self._select:
            self.choices[self._select].append(own.get("value", ""))
            if "selected" in own:
                self.fields.setdefault(self._select, []).append(own.get("value", ""))
        elif tag == "textarea" and name:
            self.fields.setdefault(name, []).append("")
        elif tag == "input" and name:
            self._input(name, own)

    def _input(self, name: str, own: dict[str, str]) -> None:
        tick = own.get("type") in ("checkbox", "radio")
        value = own.get("value", "on" if tick else "")
        self.choices.setdefault(name, []).append(value)
        if not tick or "checked" in own:
            self.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
