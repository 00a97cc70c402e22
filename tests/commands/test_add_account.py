import io
import os
import subprocess
import sys

import pytest
import requests
from django.core.management import CommandError, call_command
from django.utils import translation

from followers.management.commands import add_account
from followers.models import AccessToken, OfficialAccount
from followers.rows.clock import db_now

APP_ID, SECRET = "wx5a4db0c5a4db0c50", "5ec2e7" * 5

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_wechat(monkeypatch):
    def call(*_args, **_how):
        raise AssertionError("WeChat was called")

    monkeypatch.setattr(requests.Session, "send", call)


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("WECHAT_APP_SECRET", SECRET)


def add(app_id=APP_ID, name="Tea House"):
    out = io.StringIO()
    with translation.override("en"):
        call_command("add_account", app_id, name=name, stdout=out)
    return out.getvalue()


def test_an_account_is_added(secret):
    assert add() == f"Tea House ({APP_ID}) was added.\n"
    account = OfficialAccount.objects.get()
    assert (account.app_id, account.name, account.app_secret) == (APP_ID, "Tea House", SECRET)


def test_the_same_app_id_updates(secret, monkeypatch):
    add()
    before = OfficialAccount.objects.get()
    monkeypatch.setenv("WECHAT_APP_SECRET", "an0ther")
    assert add(name="Bakery") == f"Bakery ({APP_ID}) was updated.\n"
    after = OfficialAccount.objects.get()
    assert (after.pk, after.name, after.app_secret) == (before.pk, "Bakery", "an0ther")


def test_a_known_account_is_updated_whatever_its_app_id_looks_like(secret):
    OfficialAccount.objects.create(name="Old", app_id="wx0ld00ld")
    assert "was updated" in add("wx0ld00ld")


def test_what_surrounds_a_copied_app_id_is_left_out(secret):
    add()
    assert f"({APP_ID}) was updated" in add(f"{APP_ID}\u200b ")


def test_another_secret_drops_the_token(secret):
    add()
    account = OfficialAccount.objects.get()
    AccessToken.objects.create(account=account, value="t1", use_until=db_now())
    add()
    assert AccessToken.objects.get().value == ""


def test_the_secret_is_asked_for(monkeypatch):
    monkeypatch.delenv("WECHAT_APP_SECRET", raising=False)
    monkeypatch.setattr(add_account, "getpass", lambda prompt: f" {SECRET}\n")
    add()
    assert OfficialAccount.objects.get().app_secret == SECRET


def test_the_secret_is_not_printed(secret):
    assert SECRET not in add()


@pytest.mark.parametrize("app_id", ["gh_123456", "wx 5a4db0c5", "wx5a", f"{APP_ID}0"])
def test_a_bad_app_id_is_refused(secret, app_id):
    with pytest.raises(CommandError, match="An AppID has 18 characters") as refused:
        add(app_id)
    assert refused.value.returncode == 2
    assert not OfficialAccount.objects.exists()


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_empty_secret_is_refused(monkeypatch, secret, typed):
    add()
    monkeypatch.setenv("WECHAT_APP_SECRET", typed)
    monkeypatch.setattr(add_account, "getpass", lambda prompt: typed)
    with pytest.raises(CommandError) as refused:
        add(name="Bakery")
    assert refused.value.returncode == 2
    account = OfficialAccount.objects.get()
    assert (account.name, account.app_secret) == ("Tea House", SECRET)


def test_a_blank_name_is_refused(secret):
    with pytest.raises(CommandError) as refused:
        add(name="")
    assert refused.value.returncode == 2


def test_what_surrounds_a_copied_secret_is_left_out(monkeypatch):
    monkeypatch.setenv("WECHAT_APP_SECRET", f"\u200b {SECRET}\ufeff\n")
    add()
    assert OfficialAccount.objects.get().app_secret == SECRET


def test_a_secret_with_blanks_is_bad_usage(monkeypatch):
    monkeypatch.setenv("WECHAT_APP_SECRET", "two words")
    with pytest.raises(CommandError, match="Copy it again") as error:
        add()
    assert error.value.returncode == 2
    assert not OfficialAccount.objects.exists()


@pytest.mark.parametrize("command", ["add_account", "export_followers", "sync_followers"])
def test_a_database_that_is_not_migrated_is_a_sentence(command, tmp_path):
    arguments = ["--name", "A"] if command == "add_account" else []
    done = subprocess.run(
        [sys.executable, "manage.py", command, APP_ID, *arguments],
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
            "WECHAT_APP_SECRET": SECRET,
        },
        stderr=subprocess.PIPE,
    )
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert len(lines) == 1
    assert "manage.py migrate" in lines[0]
