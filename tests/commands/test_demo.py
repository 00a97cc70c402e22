import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import requests

from followers.management import processes
from tests.installation import spare_migrating
from tests.stack import ROOT, Stack, demo_environment, wait_for

pytestmark = pytest.mark.worker


def start(directory):
    return Stack(directory, followers=300)


@pytest.fixture
def migrated(template_database, tmp_path):
    """A directory, for what does not ask how a demo begins with nothing."""
    spare_migrating(template_database, tmp_path)
    return tmp_path


def rows_of(directory):
    """Of an account's past, by table."""
    tables = ("follower", "subscription", "dailyfigures", "syncrun", "syncstage", "daynote")
    with closing(sqlite3.connect(directory / "demo.sqlite3", timeout=30)) as database:
        database.row_factory = sqlite3.Row
        return {
            name: list(map(dict, database.execute(f"SELECT * FROM {name} ORDER BY id")))
            for name in (f"followers_{table}" for table in tables)
        }


def test_everything_runs_is_printed_and_leaves_no_process_behind(tmp_path):
    with start(tmp_path) as stack:
        login = requests.get(f"{stack.url}/admin/", timeout=10)
        style = requests.get(f"{stack.url}/static/unfold/css/styles.css", timeout=10)
        family = stack.child_processes()
        os.kill(stack.process.pid, signal.SIGINT)
        os.kill(stack.process.pid, signal.SIGINT)
        assert stack.process.wait(60) == 0, stack.output
    assert "csrfmiddlewaretoken" in login.text
    assert style.status_code == 200
    assert len(family) >= 4
    assert not any(map(processes.is_alive, family))
    assert f"{stack.url}/admin/" in stack.output
    assert stack.sandbox_url in stack.output
    assert "its two years of history are made up" in stack.output
    assert "Traceback" not in stack.output


def test_a_second_start_goes_on_with_the_same_database_and_password(migrated):
    with start(migrated) as first:
        password, stored = first.password, rows_of(migrated)
    with start(migrated) as second:
        assert rows_of(migrated) == stored
        assert second.password == password
        with requests.Session() as session:
            page = session.get(f"{second.url}/admin/login/", timeout=10)
            form = {
                "username": "admin",
                "password": password,
                "csrfmiddlewaretoken": session.cookies["csrftoken"],
            }
            home = session.post(page.url, form, timeout=10, headers={"Referer": page.url})
    assert "sessionid" in session.cookies, home.text
    # The other account is empty until somebody syncs it.
    assert len(stored["followers_follower"]) > 300
    assert {row["account_id"] for row in stored["followers_dailyfigures"]} == {2}
    assert {row["account_id"] for row in stored["followers_follower"]} == {2}


def test_a_process_that_ends_by_itself_ends_the_others_and_is_named(migrated):
    with start(migrated) as stack:
        family = stack.child_processes()
        sandbox = next(member for member in family if "wechat_sandbox" in member.cmdline())
        sandbox.kill()
        wait_for(lambda: stack.process.poll() is not None)
    assert stack.process.returncode == 1
    assert "The sandbox process ended by itself" in stack.output
    assert not any(map(processes.is_alive, family))


def test_the_environment_s_database_is_not_touched(migrated):
    """The one named here does not exist: asking it would fail."""
    stack = start(migrated)
    stack.environment |= {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    with stack:
        assert requests.get(f"{stack.url}/readyz", timeout=10).text == "ok"


def test_a_wrong_variable_is_a_sentence(tmp_path):
    answer = subprocess.run(
        [sys.executable, "manage.py", "demo", "--directory", str(tmp_path)],
        cwd=ROOT,
        env=demo_environment(FOLLOWERS="many"),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("CommandError: FOLLOWERS must be a whole number")
