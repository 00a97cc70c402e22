"""The engine in the foreground: exit codes, the JSON line, resuming and attaching."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import translation

from followers.models import EPOCH, SyncRun
from followers.runs import engine, foreground, lease
from tests.sync.driver import APP_ID, begin, drive, following, step, sync

# The contract's line for a first sync of 23 followers, in its order.
LINE = {
    "run": int,
    "status": str,
    "total": int,
    "fetched": int,
    "added": int,
    "resubscribed": int,
    "unsubscribed": int,
    "unchanged": int,
    "pages": int,
    "outstanding": int,
    "error_code": type(None),
    "message": str,
}


@pytest.fixture
def command(account, wechat, capsys):
    """Runs the command; (exit code, what it printed)."""

    def command(*options, app_id=APP_ID):
        out, code = io.StringIO(), 0
        with translation.override("en"):
            try:
                call_command("sync_followers", app_id, *options, stdout=out)
            except SystemExit as end:
                code = end.code
        return code, out.getvalue()

    return command


def last_line(output):
    return json.loads(output.splitlines()[-1])


def test_success(account, wechat, command):
    code, output = command()
    assert code == 0
    assert "Succeeded" in output
    assert following(account) == wechat.followers()


def test_the_json_line(command):
    code, output = command("--json")
    line = last_line(output)
    assert code == 0
    assert {name: type(value) for name, value in line.items()} == LINE
    assert list(line) == list(LINE)
    numbers = {name: line[name] for name in ("total", "fetched", "added", "pages", "outstanding")}
    assert numbers == {"total": 23, "fetched": 23, "added": 23, "pages": 3, "outstanding": 0}
    assert (line["status"], line["message"]) == ("succeeded", "")


def test_a_stage_that_was_left_out_is_told(wechat, command):
    wechat.fault("48001", path="/cgi-bin/tags/get")
    code, out = command("--json")
    told = json.loads(out.splitlines()[-1])
    assert (code, told["status"]) == (0, "succeeded")
    assert told["message"]


def at_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_the_bar_is_no_part_of_the_output(command, capsys, monkeypatch):
    at_a_terminal(monkeypatch)
    _code, output = command()
    assert "it/s" not in output
    assert "followers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("terminal", "options"), [(False, []), (False, ["--json"]), (True, ["--json"])]
)
def test_nothing_that_cron_would_mail(command, capsys, monkeypatch, terminal, options):
    if terminal:
        at_a_terminal(monkeypatch)
    assert command(*options)[0] == 0
    assert capsys.readouterr().err == ""


def test_failure(wechat, command):
    wechat.fault("48001")
    code, output = command("--json")
    line = last_line(output)
    assert (code, line["status"], line["error_code"]) == (1, "failed", 48001)
    assert "may not use “Get the follower list”" in line["message"]


def test_waiting_ends_at_once(wechat, command):
    wechat.fault("45009")
    code, output = command("--json")
    line = last_line(output)
    assert (code, line["status"], line["error_code"]) == (3, "waiting", 45009)
    asked = len(wechat.cursors)
    assert command()[0] == 3
    assert len(wechat.cursors) == asked


def test_now_tries_a_waiting_run(wechat, command):
    wechat.fault("45009", after=1)
    assert command()[0] == 3
    wechat.clear()
    assert command("--now")[0] == 0
    assert SyncRun.objects.count() == 1
    assert len(wechat.cursors) == 5


def test_now_changes_nothing_for_others(command):
    assert command("--now")[0] == 0


def test_review(account, wechat, command):
    sync(account)
    wechat.fault("empty_list")
    code, output = command("--json")
    assert (code, last_line(output)["status"]) == (3, "review")


def test_an_unknown_app_id(command):
    with pytest.raises(CommandError, match="wx0000000000000001") as refused:
        command(app_id="wx0000000000000001")
    assert refused.value.returncode == 2
    assert not SyncRun.objects.exists()


def test_bad_usage(command):
    with pytest.raises(CommandError):
        command("--fast")


def test_an_interrupted_run_is_resumed(account, wechat, command):
    run = step(begin(account)[0])
    lease.claim(SyncRun, run.pk, run.ticket)
    SyncRun.objects.update(lease_until=EPOCH)
    code, output = command("--json")
    line = last_line(output)
    assert (code, line["run"], line["pages"], line["added"]) == (0, run.pk, 3, 23)
    assert len(wechat.cursors) == 4


def others_work(monkeypatch, *acts):
    """Somebody else holds the run, and does these things while the command watches."""
    left = list(acts)
    monkeypatch.setattr(foreground.time, "sleep", lambda _seconds: left.pop(0)())


def test_a_live_run_is_attached_to(account, wechat, command, monkeypatch):
    run, _created = begin(account)
    held = lease.claim(SyncRun, run.pk, run.ticket)

    def the_other_goes_on():
        SyncRun.objects.filter(version=held.version).update(lease_until=EPOCH)
        drive(run)

    others_work(monkeypatch, lambda: None, the_other_goes_on)
    code, output = command("--json")
    assert (code, last_line(output)["run"]) == (0, run.pk)
    assert len(wechat.cursors) == 4


def test_a_run_that_somebody_cancels(account, command, monkeypatch):
    run, _created = begin(account)
    lease.claim(SyncRun, run.pk, run.ticket)
    others_work(monkeypatch, lambda: engine.cancel(run))
    code, output = command("--json")
    assert (code, last_line(output)["status"]) == (1, "cancelled")


def test_queue_leaves_the_work_to_the_workers(wechat, command):
    code, output = command("--queue", "--json")
    assert (code, last_line(output)["status"], wechat.cursors) == (0, "queued", [])


def test_queue_sends_the_task(transactional_db, command, queue):
    command("--queue")
    assert queue.sent == [(SyncRun.objects.get().pk, 0)]


def test_queue_is_content_with_an_active_run(account, wechat, command):
    wechat.fault("45009")
    command()
    assert command("--queue")[0] == 0
    assert SyncRun.objects.count() == 1


def test_the_foreground_sends_nothing_to_the_workers(transactional_db, command, queue):
    assert command()[0] == 0
    assert queue.sent == []


def test_a_database_that_does_not_answer(command, monkeypatch):
    def fails(*_args, **_how):
        raise OperationalError("the connection was closed")

    monkeypatch.setattr(engine, "advance", fails)
    with pytest.raises(CommandError, match="the connection was closed") as refused:
        command()
    assert refused.value.returncode == 1
