"""Every command says in a sentence that the database is not migrated, full, or not there."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import translation

from followers.management.commands import worker
from followers.management.console import errors_in_words
from tests.stack import ROOT


@pytest.fixture
def run(tmp_path):
    """manage.py on an empty database: (exit code, what it said)."""

    def run(*command):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
                "LANGUAGE_CODE": "en",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    "command",
    [["worker"], ["sync_followers", "wx5a4db0c5a4db0c50", "--json"], ["clearsessions"]],
)
def test_before_migrate(run, command):
    code, said = run(*command)
    sentence = "The database is not migrated. Run “manage.py migrate”, then try again.\n"
    assert (code, said.removeprefix("CommandError: ")) == (1, sentence)


@pytest.mark.parametrize(
    "command", [["migrate"], ["worker"], ["sync_followers", "wx5a4db0c5a4db0c50", "--json"]]
)
def test_a_file_that_is_no_database(run, tmp_path, command):
    file = tmp_path / "db.sqlite3"
    file.write_text("root:x:0:0:root:/root:/bin/bash\n" * 100)
    code, said = run(*command)
    assert code == 1
    assert said.removeprefix("CommandError: ").startswith("The file of the database is no SQLite")
    assert "DATABASE_URL" in said
    assert said.endswith(f"({file})\n")
    assert said.count("\n") == 1


def test_a_worker_waits_for_a_database_that_is_away(monkeypatch):
    def away():
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(worker, "is_migrated", away)
    worker.check_migrated()


def test_a_worker_does_not_start_while_a_migration_is_missing(monkeypatch):
    monkeypatch.setattr(worker, "is_migrated", lambda: False)
    monkeypatch.setattr(worker, "Supervisor", None)
    with translation.override("en"), pytest.raises(CommandError, match="not migrated"):
        call_command("worker")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("database or disk is full"), "disk that holds the database is full"),
        (OperationalError("attempt to write a readonly database"), "not written to"),
        (OperationalError("database is locked"), "keeps the database locked"),
        (OSError(28, "No space left on device"), "could not be written: No space left"),
        (OSError(13, "Permission denied"), "could not be written: Permission denied"),
    ],
)
def test_what_fails_under_way(error, words):
    with (
        translation.override("en"),
        pytest.raises(CommandError, match=words) as ended,
        errors_in_words(),
    ):
        raise error
    assert ended.value.returncode == 1
