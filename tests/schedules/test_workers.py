"""Real supervisors on one database, one of them with another clock: each due time is one run."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.drills.test_clock import faketime
from tests.installation import PostgreSQL, manage
from tests.stack import wait_for

pytestmark = pytest.mark.worker

ZONE = ZoneInfo("Asia/Shanghai")


def as_stored(installation, at):
    """SQLite keeps times as text, and compares texts."""
    offset = "+00:00" if isinstance(installation.database, PostgreSQL) else ""
    return f"{at.astimezone(UTC):%F %T}{offset}"


def make_due(installation, at):
    text = as_stored(installation, at)
    installation.database.change(f"UPDATE followers_syncschedule SET next_at = '{text}'")


def next_at(installation):
    ((found,),) = installation.database.query("SELECT next_at FROM followers_syncschedule")
    if isinstance(found, str):
        return datetime.fromisoformat(found).replace(tzinfo=UTC)
    return found


def due_times(installation):
    return [str(due_at) for (due_at,) in installation.runs("due_at")]


def test_two_supervisors_start_each_due_time_once(installation):
    installation.start_sandbox(followers=30)
    app_id = installation.sandbox.app_id
    installation.manage("schedule_sync", app_id, "--every", "1", "--only", "listing")
    for _ in range(2):
        installation.start_worker()
    for number in (1, 2, 3):
        due_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
        make_due(installation, due_at)
        wait_for(lambda number=number: len(installation.runs("id")) >= number)
        assert installation.wait_until_ended() == ["succeeded"] * number, installation.log
        assert next_at(installation) == due_at + timedelta(hours=1)
    times = due_times(installation)
    assert len(set(times)) == 3, times
    assert [by for (by,) in installation.runs("requested_by_id")] == [None] * 3


def look(installation, ahead):
    """What a supervisor does at a wake, on a host whose clock is so far ahead; how many started.

    Not with a whole worker: under faketime, time.sleep fails now and then on a busy machine.
    """
    environment = installation.environment | faketime(ahead)
    call = "from followers.schedules.starting import start_due; print(start_due())"
    return int(manage(environment, "shell", "-v0", "-c", call))


def test_a_host_a_day_ahead_starts_a_due_time_early_but_not_twice(installation):
    """On PostgreSQL the server's clock decides, and a host's starts nothing."""
    installation.start_sandbox(followers=30)
    today = datetime.now(ZONE).replace(second=0, microsecond=0)
    due_at = today + timedelta(hours=12)
    options = ["--daily", f"{due_at:%H:%M}", "--only", "listing"]
    installation.manage("schedule_sync", installation.sandbox.app_id, *options)
    assert next_at(installation) == due_at
    if isinstance(installation.database, PostgreSQL):
        assert look(installation, "+1d") == 0
        assert next_at(installation) == due_at
        return
    assert look(installation, "+1d") == 1
    assert next_at(installation) == due_at + timedelta(days=1)
    # One whose clock is right ends the run, and computes the due time anew.
    installation.start_worker()
    assert installation.wait_until_ended() == ["succeeded"], installation.log
    wait_for(lambda: next_at(installation) == due_at)
    assert look(installation, "+13h") == 0, "that due time was run already"
    wait_for(lambda: next_at(installation) == due_at)
    assert len(installation.runs("id")) == 1
