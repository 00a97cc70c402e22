"""Validation of SECRET_KEY and ENCRYPTION_KEYS, with advice that never leads to lost AppSecrets."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ADVICE_FOR_SIGNING_KEY = (
    "An installation that is in use gets back the file that held it; only for a new one, make one "
    'with\n    python -c "import secrets; print(secrets.token_urlsafe(50))"\n'
    "(`make install` writes a .env with all keys where there is none)."
)
GENERATE_KEY_COMMAND = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)
RESTORE_ADVICE = (
    "The database holds AppSecrets that were encrypted: put the keys back with which that was done "
    "(from the backup of .env). Other keys cannot read them."
)
NEW_INSTALLATION_ADVICE = (
    "An installation that is in use needs the keys that it had: other ones cannot read its "
    f"AppSecrets. Only for a new one, make a key with\n    {GENERATE_KEY_COMMAND}\n"
    "(`make install` writes a .env with all keys where there is none)."
)
FERNET_KEY = re.compile("[A-Za-z0-9_+/-]{43}=")
ENCRYPTED_ROW_SQL = "SELECT 1 FROM followers_officialaccount WHERE app_secret <> '' LIMIT 1"
# A user waits for the message.
TIMEOUT_SECONDS = 2


def encryption_keys_advice(database: dict[str, Any]) -> str:
    """What to do without valid ENCRYPTION_KEYS; depends on whether the database has secrets."""
    return RESTORE_ADVICE if has_secrets(database) else NEW_INSTALLATION_ADVICE


def has_secrets(database: dict[str, Any]) -> bool:
    """Whether the database contains encrypted AppSecrets; False if it is unreachable."""
    on_sqlite = database["ENGINE"] == "django.db.backends.sqlite3"
    try:
        return (
            _sqlite_has_secrets(database["NAME"]) if on_sqlite else _postgres_has_secrets(database)
        )
    except Exception:  # noqa: BLE001 (the message about the keys is more important)
        return False


def _sqlite_has_secrets(path: str) -> bool:
    address = f"{Path(path).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=TIMEOUT_SECONDS)) as connection:
        return connection.execute(ENCRYPTED_ROW_SQL).fetchone() is not None


def _postgres_has_secrets(database: dict[str, Any]) -> bool:
    import psycopg  # not needed on SQLite

    options = {
        "host": database["HOST"],
        "port": database["PORT"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "dbname": database["NAME"],
        "connect_timeout": TIMEOUT_SECONDS,
    }
    with psycopg.connect(**{name: value for name, value in options.items() if value}) as connection:
        return connection.execute(ENCRYPTED_ROW_SQL).fetchone() is not None


def parse_fernet_keys(text: str, get_advice: Callable[[], str]) -> list[str]:
    """Parse comma-separated keys, newest first: the first encrypts, all of them decrypt."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        # Fernet itself ignores invalid base64 characters, and everything after the =.
        if not FERNET_KEY.fullmatch(key):
            raise ImproperlyConfigured(
                f"ENCRYPTION_KEYS: key {number} of {len(keys)} is no Fernet key (44 letters, "
                f"digits, - and _, the last one a =), or is not complete. {get_advice()}"
            )
    if not keys:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS holds no key. {get_advice()}")
    return keys
