"""Typed access to environment variables; an invalid value raises ImproperlyConfigured.

Blank variables count as unset. The message is one sentence with the variable's name and the valid
values; it never contains an address with a password.
"""

import os
import re
from collections.abc import Callable, Collection
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from . import addresses, connection_urls
from .addresses import InvalidAddress
from .env_file import EnvFile

T = TypeVar("T")

# More than any valid number has, and few enough for int().
MAX_DIGITS = 12


def get_text(name: str, default: str = "") -> str:
    value = os.environ.get(name, "").strip()
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ImproperlyConfigured(f"{name} holds bytes that are not UTF-8.") from None
    return value or default


def get_required(name: str, file: EnvFile, advice: Callable[[], str]) -> str:
    value = get_text(name)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set, neither in the environment nor in {file}. {advice()}"
        )
    return value


def _invalid(name: str, rule: str, value: str) -> ImproperlyConfigured:
    if value[0] in "'\"" and value[-1] == value[0]:
        rule += " (without quotation marks)"
    return ImproperlyConfigured(f"{name} must be {rule}, not {value[:80]!r}.")


def get_bool(name: str, default: bool) -> bool:
    value = get_text(name)
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    if value:
        raise _invalid(name, "on or off", value)
    return default


def get_int(name: str, default: int, maximum: int, minimum: int = 1) -> int:
    """A whole number in plain digits, without sign, unit or separators."""
    value = get_text(name)
    if not value:
        return default
    if re.fullmatch(rf"[0-9]{{1,{MAX_DIGITS}}}", value) and minimum <= int(value) <= maximum:
        return int(value)
    raise _invalid(name, f"a whole number from {minimum} to {maximum}, in digits alone", value)


def get_fraction(name: str, default: float) -> float:
    """A decimal number greater than 0 and at most 1."""
    value = get_text(name)
    if not value:
        return default
    if re.fullmatch(r"[0-9]?\.[0-9]{1,6}|1", value) and 0 < float(value) <= 1:
        return float(value)
    raise _invalid(name, "a share between 0 and 1, like 0.8", value)


def get_choice(name: str, default: str, choices: Collection[str], examples: str = "") -> str:
    """One of the choices, compared case-insensitively."""
    value = get_text(name, default)
    for choice in choices:
        if choice.lower() == value.lower():
            return choice
    rule = examples or f"one of {', '.join(sorted(choices))}"
    raise _invalid(name, rule, value)


def check_greater(name: str, value: int, other: str, minimum: int) -> None:
    """Raise ImproperlyConfigured unless the value is greater than another setting."""
    if value <= minimum:
        raise ImproperlyConfigured(f"{name} ({value}) must be more than {other} ({minimum}).")


def get_hosts(name: str, default: list[str]) -> list[str]:
    return _get_list(name, addresses.parse_allowed_host) or default


def get_origins(name: str) -> list[str]:
    return _get_list(name, addresses.parse_origin)


def get_base_url(name: str, default: str) -> str:
    """A URL with https, or http for this machine. "" if the default is empty."""
    value = get_text(name, default)
    return _parse(name, addresses.parse_base_url, value) if value else ""


def get_database(name: str, default: Path, base: Path) -> dict[str, Any]:
    if not (value := get_text(name)):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
    return _parse(name, lambda given: connection_urls.parse_database_url(given, base), value)


def get_redis_url(name: str) -> str:
    value = get_text(name)
    return _parse(name, connection_urls.parse_redis_url, value) if value else ""


def get_site_url(name: str) -> str:
    value = get_text(name)
    return _parse(name, addresses.parse_site_url, value) if value else ""


def get_email(name: str) -> dict[str, Any]:
    """Django's EMAIL_… settings; without a host if the variable is not set."""
    value = get_text(name)
    parse = connection_urls.parse_email_url
    return _parse(name, parse, value) if value else dict(connection_urls.NO_EMAIL)


def get_sender(name: str, default: str) -> str:
    """An e-mail address, alone or as Name <address>."""
    value = get_text(name, default)
    try:
        if value.isprintable():
            validate_email(parseaddr(value)[1])
            return value
    except ValidationError:
        pass
    raise _invalid(name, "an e-mail address, like Followers <wx@example.com>", value)


def _get_list(name: str, read: Callable[[str], T]) -> list[T]:
    """A comma-separated list; whitespace around items and empty items are ignored."""
    items = [item.strip() for item in get_text(name).split(",")]
    found = [_parse(name, read, item) for item in items if item]
    if get_text(name) and not found:
        raise _invalid(name, "a list with commas between its items", get_text(name))
    return found


def _parse(name: str, read: Callable[[str], T], value: str) -> T:
    try:
        return read(value)
    except InvalidAddress as error:
        raise ImproperlyConfigured(f"{name} {error}") from None
