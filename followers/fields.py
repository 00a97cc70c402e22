"""Model fields: text that is encrypted at rest, and ids that are compared byte by byte."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS holds a key that is none: {error}") from None


def encrypt(text: str) -> str:
    """Encrypt with the newest of ENCRYPTION_KEYS."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """Decrypt with whichever of ENCRYPTION_KEYS fits; raises InvalidToken if none does."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(ciphertext.encode()).decode()


class Unreadable(str):
    """An empty text that remembers the ciphertext it could not read.

    A lost key must not break the pages that list accounts, and saving such a row must not destroy
    what the right key could still read.
    """

    ciphertext: str

    def __new__(cls, ciphertext: str) -> "Unreadable":
        text = super().__new__(cls, "")
        text.ciphertext = ciphertext
        return text


class EncryptedTextField(models.TextField):
    """Text in Python, a Fernet token in the database. Empty stays empty; lookups make no sense."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.ciphertext
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return decrypt(value)
        except InvalidToken:
            return Unreadable(value)


class IdField(models.CharField):
    """An id of WeChat's: ASCII, case-sensitive, sorted by its bytes on every database.

    Tencent documents neither length nor alphabet; all samples have 28 characters, so 64 leaves
    room. PostgreSQL's default collation would sort by language, which no prefix range survives.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
