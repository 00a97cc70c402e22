"""The advice about missing keys never leads to lost AppSecrets."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from wxadmin import keys

MISSING_FILE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nonexistent/db.sqlite3"}
UNREACHABLE = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": "127.0.0.1",
    "PORT": 1,
    "USER": "u",
    "PASSWORD": "geheim",
    "NAME": "x",
}


@pytest.mark.parametrize("database", [MISSING_FILE, UNREACHABLE])
def test_new_keys_are_only_for_new_installations(database):
    advice = keys.encryption_keys_advice(database)
    assert advice.startswith("An installation that is in use needs the keys that it had")
    assert "generate_key" in advice
    assert "geheim" not in advice


@pytest.mark.django_db(transaction=True)
def test_existing_secrets_need_the_old_keys(account):
    advice = keys.encryption_keys_advice(connection.settings_dict)
    assert "put the keys back" in advice
    assert "generate" not in advice


@pytest.mark.django_db(transaction=True)
def test_no_secrets_without_accounts():
    assert not keys.has_secrets(connection.settings_dict)


def test_has_secrets_creates_no_database(tmp_path):
    path = tmp_path / "db.sqlite3"
    assert not keys.has_secrets({**MISSING_FILE, "NAME": str(path)})
    assert not path.exists()


def test_list_of_keys():
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert keys.parse_fernet_keys(f" {first} , {second},", str) == [first, second]


@pytest.mark.parametrize("text", ["abc", "{key},abc", "{key};{key}", "{key}，{key}", "{cut}", ","])
def test_invalid_keys(text):
    key = Fernet.generate_key().decode()
    with pytest.raises(ImproperlyConfigured, match=r"ENCRYPTION_KEYS.* Ask.") as refusal:
        keys.parse_fernet_keys(text.format(key=key, cut=key[:-1]), lambda: "Ask.")
    assert key[:10] not in str(refusal.value)
