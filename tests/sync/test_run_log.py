"""The worker's log has a line where a run begins and one where it ends, whatever its kind."""

import logging

import pytest

from followers.models import EPOCH, SyncRun
from followers.runs import engine, lease
from tests.changes.driver import change, drive, people
from tests.sync.driver import APP_ID, begin, sync

# The lines are written when what they tell has been committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lines(caplog):
    """The lines about runs, so far."""
    caplog.set_level(logging.INFO, "followers.runs.log")
    return lambda: [it.getMessage() for it in caplog.records if it.name.endswith("runs.log")]


def test_a_sync(account, wechat, lines):
    run = sync(account)
    counts = "total 23, fetched 23, added 23, resubscribed 0, unsubscribed 0, unchanged 0"
    first, last = lines()
    assert first == f"Sync run #{run.pk} of {APP_ID} began."
    start = f"Sync run #{run.pk} of {APP_ID} ended: succeeded, {counts}, pages 3, outstanding 0, "
    assert last.startswith(start)
    assert last.endswith(" s.")


def test_what_failed_says_why(account, wechat, lines):
    wechat.fault("48001")
    sync(account)
    assert "ended: failed (" in lines()[-1]
    assert "48001), total 0" in lines()[-1]


def test_what_is_cancelled_before_it_began(account, wechat, lines):
    run, _created = begin(account)
    engine.cancel(run)
    assert [line.split(",")[0] for line in lines()] == [
        f"Sync run #{run.pk} of {APP_ID} ended: cancelled"
    ]


def test_one_try_too_many(account, wechat, lines):
    run, _created = begin(account)
    SyncRun.objects.update(tries=lease.MAX_TRIES, lease_until=EPOCH)
    engine.advance(SyncRun, run.pk, run.ticket)
    assert "ended: failed (poison)" in lines()[-1]


def test_the_foreground_tells_by_itself(account, wechat, lines):
    run, _created = begin(account)
    while run.is_active:
        engine.advance(SyncRun, run.pk, run.ticket, in_foreground=True)
        run.refresh_from_db()
    assert lines() == []


def test_a_worker_whose_run_is_cancelled(account, wechat, lines):
    run, _created = begin(account)
    wechat.before = lambda _path: SyncRun.objects.update(status="cancelled")
    engine.advance(SyncRun, run.pk, run.ticket)
    assert [line.split(" of ")[1].split(",")[0] for line in lines()] == [
        f"{APP_ID} began.",
        f"{APP_ID} ended: cancelled",
    ]


def test_a_change(account, wechat, lines):
    sync(account)
    run = drive(change(account, people(account), "note", text="hello"))
    first, last = lines()[2:]
    assert first == f"Change #{run.pk} of {APP_ID} began."
    start = f"Change #{run.pk} of {APP_ID} ended: succeeded, done 23, skipped 0, failed 0, "
    assert last.startswith(start)
