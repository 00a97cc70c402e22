"""Runs that should progress and do not: redelivered, or released from a group that has ended."""

import logging
from datetime import timedelta

import pytest

from followers.models import EPOCH, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine, lease, worker_groups

from .driver import begin
from .test_lease import change, lease_runs_out

# --- redelivery ---------------------------------------------------------------------------------


@pytest.fixture
def due_run(transactional_db, run, queue):
    queue.sent.clear()
    change(run, redeliver_at=EPOCH)
    return run


def test_the_interval_between_redeliveries_grows(due_run, queue):
    minutes = []
    for number in range(1, 6):
        assert engine.redeliver_due_runs() == 1
        due_run.refresh_from_db()
        assert due_run.redeliveries == number
        minutes.append(round((due_run.redeliver_at - db_now()).total_seconds() / 60))
        assert engine.redeliver_due_runs() == 0
        change(due_run, redeliver_at=EPOCH)
    assert minutes == [2, 4, 8, 10, 10]
    assert queue.sent == [(due_run.pk, 0)] * 5


def test_the_first_redelivery_is_due_a_minute_after_the_start(run):
    assert timedelta(seconds=55) < run.redeliver_at - run.created_at <= timedelta(seconds=60)
    assert engine.redeliver_due_runs() == 0


def test_a_frozen_run_is_redelivered_when_its_lease_has_run_out(due_run, queue):
    lease.claim(SyncRun, due_run.pk, 0)
    change(due_run, redeliver_at=EPOCH)
    assert engine.redeliver_due_runs() == 0
    lease_runs_out(due_run)
    assert engine.redeliver_due_runs() == 1
    engine.advance(SyncRun, *queue.sent.pop())
    due_run.refresh_from_db()
    assert due_run.pages == 1


def test_a_waiting_run_is_redelivered_when_its_wait_is_over(due_run):
    change(due_run, status="waiting", resume_at=db_now() + timedelta(minutes=1))
    assert engine.redeliver_due_runs() == 0
    change(due_run, resume_at=db_now())
    assert engine.redeliver_due_runs() == 1


@pytest.mark.parametrize("status", ["review", "succeeded", "failed", "cancelled"])
def test_a_run_that_has_ended_is_never_redelivered(due_run, status):
    change(due_run, status=status)
    assert engine.redeliver_due_runs() == 0


def test_two_redeliveries_at_once_send_one_task(due_run, queue):
    read_before = SyncRun.objects.get(pk=due_run.pk)
    assert engine.redeliver_due_runs() == 1
    assert not lease._redeliver(read_before)
    assert len(queue.sent) == 1


def test_a_send_that_the_broker_refused_does_not_count(due_run, queue):
    """However long it is away: a minute after its return the run moves, and no worker is stuck."""
    change(due_run, redeliveries=1)
    queue.is_down = True
    for _minute in range(10):
        assert engine.redeliver_due_runs() == 0
        due_run.refresh_from_db()
        assert due_run.redeliveries == 0
        assert due_run.redeliver_at - db_now() <= timedelta(seconds=30)
        assert not worker_groups.has_stalled_runs()
        change(due_run, redeliver_at=EPOCH)
    queue.is_down = False
    assert engine.redeliver_due_runs() == 1
    assert queue.sent == [(due_run.pk, 0)]


def test_a_broker_that_refuses_is_logged_and_the_run_is_redelivered(
    transactional_db, account, wechat, queue, caplog
):
    queue.is_down = True
    with caplog.at_level(logging.WARNING, "followers"):
        run, _created = begin(account)
        engine.advance(SyncRun, run.pk, 0)
    assert len(caplog.records) == 2
    queue.is_down = False
    change(run, redeliver_at=EPOCH)
    assert engine.redeliver_due_runs() == 1
    assert queue.sent == [(run.pk, 1)]
    queue.deliver()
    run.refresh_from_db()
    assert run.status == "succeeded"


# --- worker groups ------------------------------------------------------------------------------


def test_the_runs_of_a_dead_group_are_enqueued_at_once(transactional_db, run, queue, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    lease.claim(SyncRun, run.pk, 0)
    queue.sent.clear()
    assert worker_groups.release_runs("host/13") == 0
    assert worker_groups.release_runs("host/12") == 1
    assert queue.sent == [(run.pk, 0)]
    queue.deliver()
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_runs_of_a_dead_supervisor_are_released_on_its_own_host(run, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    lease.claim(SyncRun, run.pk, 0)
    assert worker_groups.release_runs_of_dead_workers("other", lambda pid: False) == 0
    assert worker_groups.release_runs_of_dead_workers("host", lambda pid: pid == 12) == 0
    assert worker_groups.release_runs_of_dead_workers("host", lambda pid: False) == 1


def test_a_group_is_active_while_it_has_a_lease_or_has_just_committed(run, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    assert not worker_groups.is_owner_active("host/12", 60)
    claim = lease.claim(SyncRun, run.pk, 0)
    assert worker_groups.is_owner_active("host/12", 60)
    lease_runs_out(run)
    assert not worker_groups.is_owner_active("host/12", 60)
    with claim.commit():
        claim.hand_over()
    assert worker_groups.is_owner_active("host/12", 60)
    assert not worker_groups.is_owner_active("host/13", 60)
