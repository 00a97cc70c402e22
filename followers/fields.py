"""Model fields: encrypted text, and ids that are compared byte by byte."""

import re
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

# No secret that is stored looks like it.
TOKEN = re.compile(r"gAAAA[A-Za-z0-9_=-]{80,}")


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS holds a key that is none: {error}") from None


def encrypt(text: str) -> str:
    """Encrypt with the first of ENCRYPTION_KEYS."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """Decrypt with any of ENCRYPTION_KEYS; raises InvalidToken if none of them can."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(ciphertext.encode()).decode()


class Undecryptable(str):
    """An empty string that keeps the ciphertext that could not be decrypted.

    A lost key must not break the pages that list accounts, and saving such a row must not overwrite
    the ciphertext.
    """

    ciphertext: str

    def __new__(cls, ciphertext: str) -> "Undecryptable":
        text = super().__new__(cls, "")
        text.ciphertext = ciphertext
        return text


class EncryptedTextField(models.TextField):
    """A string, stored as a Fernet token, or empty. Lookups by value do not work."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Undecryptable):
            return value.ciphertext
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value)
        except InvalidToken:
            return Undecryptable(value)

    def to_python(self, value: Any) -> Any:
        """Loading a dump gives the ciphertext that `value_to_string` wrote."""
        value = super().to_python(value)
        if not isinstance(value, Undecryptable) and TOKEN.fullmatch(value or ""):
            return self.from_db_value(value, None, None)
        return value

    def value_to_string(self, obj: models.Model) -> Any:
        """Ciphertext for dumpdata, which people keep in files."""
        value: Any = self.value_from_object(obj)
        if not value:
            return getattr(value, "ciphertext", value)
        return encrypt(value)


class IdField(models.CharField):
    """An id assigned by WeChat: ASCII, case-sensitive, sorted by its bytes on every database.

    Tencent documents neither length nor alphabet; all samples have 28 characters, 64 leaves room.
    With PostgreSQL's default collation, range queries for a prefix would not work.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
