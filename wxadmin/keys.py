"""SECRET_KEY and ENCRYPTION_KEYS, and advice that never costs anybody their AppSecrets."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

ADVICE_FOR_SIGNING = (
    "An installation that is in use gets back the file that held it; only for a new one, make one "
    'with\n    python -c "import secrets; print(secrets.token_urlsafe(50))"\n'
    "(`make install` writes a .env with all keys where there is none)."
)
NEW_KEY = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)
PUT_BACK = (
    "The database holds AppSecrets that were encrypted: put the keys back with which that was done "
    "(from the backup of .env). Other keys cannot read them."
)
ONLY_FOR_NEW = (
    "An installation that is in use needs the keys that it had: other ones cannot read its "
    f"AppSecrets. Only for a new one, make a key with\n    {NEW_KEY}\n"
    "(`make install` writes a .env with all keys where there is none)."
)
FERNET_KEY = re.compile("[A-Za-z0-9_+/-]{43}=")
IN_USE = "SELECT 1 FROM followers_officialaccount WHERE app_secret <> '' LIMIT 1"
# The database is asked while somebody waits for a sentence.
SECONDS = 2


def advice(database: dict[str, Any]) -> str:
    """What to do without valid ENCRYPTION_KEYS, as far as the database can tell."""
    return PUT_BACK if holds_secrets(database) else ONLY_FOR_NEW


def holds_secrets(database: dict[str, Any]) -> bool:
    """Whether there is something that only the right keys can read; False if nobody answers."""
    on_sqlite = database["ENGINE"] == "django.db.backends.sqlite3"
    try:
        return _ask_sqlite(database["NAME"]) if on_sqlite else _ask_postgres(database)
    except Exception:  # noqa: BLE001 (whatever it is, the sentence about the keys goes first)
        return False


def _ask_sqlite(path: str) -> bool:
    address = f"{Path(path).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=SECONDS)) as connection:
        return connection.execute(IN_USE).fetchone() is not None


def _ask_postgres(database: dict[str, Any]) -> bool:
    import psycopg  # installations on SQLite need not load it

    given = {
        "host": database["HOST"],
        "port": database["PORT"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "dbname": database["NAME"],
        "connect_timeout": SECONDS,
    }
    with psycopg.connect(**{name: value for name, value in given.items() if value}) as connection:
        return connection.execute(IN_USE).fetchone() is not None


def fernet_keys(text: str, advice: Callable[[], str]) -> list[str]:
    """Keys, newest first: the first encrypts, all of them decrypt."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        # Fernet itself passes over what is no base64, and over all that follows the =.
        if not FERNET_KEY.fullmatch(key):
            raise ImproperlyConfigured(
                f"ENCRYPTION_KEYS: key {number} of {len(keys)} is no Fernet key (44 letters, "
                f"digits, - and _, the last one a =), or is not complete. {advice()}"
            )
    if not keys:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS holds no key. {advice()}")
    return keys
