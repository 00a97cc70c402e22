"""Whoever follows the advice about keys loses nothing."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from wxadmin import keys

NOWHERE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nonexistent/db.sqlite3"}
AWAY = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": "127.0.0.1",
    "PORT": 1,
    "USER": "u",
    "PASSWORD": "geheim",
    "NAME": "x",
}


@pytest.mark.parametrize("database", [NOWHERE, AWAY])
def test_new_keys_are_for_new_installations(database):
    said = keys.advice(database)
    assert said.startswith("An installation that is in use needs the keys that it had")
    assert "generate_key" in said
    assert "geheim" not in said


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_to_make_new_keys_where_old_ones_are_needed(account):
    said = keys.advice(connection.settings_dict)
    assert "put the keys back" in said
    assert "generate" not in said


@pytest.mark.django_db(transaction=True)
def test_a_database_without_accounts_needs_none():
    assert not keys.holds_secrets(connection.settings_dict)


def test_looking_makes_no_database(tmp_path):
    path = tmp_path / "db.sqlite3"
    assert not keys.holds_secrets({**NOWHERE, "NAME": str(path)})
    assert not path.exists()


def test_keys_in_a_list():
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    assert keys.fernet_keys(f" {first} , {second},", str) == [first, second]


@pytest.mark.parametrize("text", ["abc", "{key},abc", "{key};{key}", "{key}，{key}", "{cut}", ","])
def test_what_is_no_key(text):
    key = Fernet.generate_key().decode()
    with pytest.raises(ImproperlyConfigured, match=r"ENCRYPTION_KEYS.* Ask.") as refusal:
        keys.fernet_keys(text.format(key=key, cut=key[:-1]), lambda: "Ask.")
    assert key[:10] not in str(refusal.value)
