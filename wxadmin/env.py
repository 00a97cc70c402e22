"""Typed readers of environment variables: a value that cannot be meant stops the start.

A variable that is blank counts as one that is not set. Each refusal is one sentence with the
variable's name and what would be right; of addresses that can hold a password, nothing is shown.
"""

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from . import addresses, stores
from .addresses import Unmeant
from .env_file import EnvFile

T = TypeVar("T")

# Longer than every number that can be meant, and short enough to be read.
MAX_DIGITS = 12


def text(name: str, default: str = "") -> str:
    value = os.environ.get(name, "").strip()
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ImproperlyConfigured(f"{name} holds bytes that are not UTF-8.") from None
    return value or default


def required(name: str, file: EnvFile, advice: Callable[[], str]) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set, neither in the environment nor in {file}. {advice()}"
        )
    return value


def _refusal(name: str, rule: str, value: str) -> ImproperlyConfigured:
    if value[0] in "'\"" and value[-1] == value[0]:
        rule += " (without quotation marks)"
    return ImproperlyConfigured(f"{name} must be {rule}, not {value[:80]!r}.")


def switch(name: str, default: bool) -> bool:
    value = text(name)
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    if value:
        raise _refusal(name, "on or off", value)
    return default


def whole(name: str, default: int, most: int, least: int = 1) -> int:
    """A whole number in plain digits: no sign, no unit, no separators."""
    value = text(name)
    if not value:
        return default
    if re.fullmatch(rf"[0-9]{{1,{MAX_DIGITS}}}", value) and least <= int(value) <= most:
        return int(value)
    raise _refusal(name, f"a whole number from {least} to {most}, in digits alone", value)


def share(name: str, default: float) -> float:
    """More than nothing, at most everything."""
    value = text(name)
    if not value:
        return default
    if re.fullmatch(r"[0-9]?\.[0-9]{1,6}|1", value) and 0 < float(value) <= 1:
        return float(value)
    raise _refusal(name, "a share between 0 and 1, like 0.8", value)


def one_of(name: str, default: str, choices: Collection[str], examples: str = "") -> str:
    """One of these words, whatever its case."""
    value = text(name, default)
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    rule = examples or f"one of {', '.join(sorted(choices))}"
    raise _refusal(name, rule, value)


def more(name: str, value: int, other: str, least: int) -> None:
    """Refuse a number that makes sense only above others."""
    if value <= least:
        raise ImproperlyConfigured(f"{name} ({value}) must be more than {other} ({least}).")


def hosts(name: str, default: list[str]) -> list[str]:
    return _list(name, addresses.allowed_host) or default


def origins(name: str) -> list[str]:
    return _list(name, addresses.origin)


def address(name: str, default: str) -> str:
    """Where to call; https, or http on this machine. "" where there is no default."""
    value = text(name, default)
    return _apply(name, addresses.base_url, value) if value else ""


def database(name: str, default: Path, base: Path) -> dict[str, Any]:
    if not (value := text(name)):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
    return _apply(name, lambda given: stores.database(given, base), value)


def redis(name: str) -> str:
    value = text(name)
    return _apply(name, stores.redis, value) if value else ""


def _list(name: str, read: Callable[[str], T]) -> list[T]:
    """Comma-separated; blanks around the items and a comma at the end mean nothing."""
    items = [item.strip() for item in text(name).split(",")]
    found = [_apply(name, read, item) for item in items if item]
    if text(name) and not found:
        raise _refusal(name, "a list with commas between its items", text(name))
    return found


def _apply(name: str, read: Callable[[str], T], value: str) -> T:
    try:
        return read(value)
    except Unmeant as why:
        raise ImproperlyConfigured(f"{name} {why}") from None
