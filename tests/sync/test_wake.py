"""Runs that should move and do not: woken, or taken over from a group that has ended."""

import logging
from datetime import timedelta

import pytest

from followers.models import EPOCH, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine, groups, lease

from .driver import begin
from .test_lease import change, lease_runs_out

# --- wake ---------------------------------------------------------------------------------------


@pytest.fixture
def asleep(transactional_db, run, queue):
    queue.sent.clear()
    change(run, redeliver_at=EPOCH)
    return run


def test_the_distance_between_wakes_grows(asleep, queue):
    minutes = []
    for wakes in range(1, 6):
        assert engine.wake() == 1
        asleep.refresh_from_db()
        assert asleep.redeliveries == wakes
        minutes.append(round((asleep.redeliver_at - db_now()).total_seconds() / 60))
        assert engine.wake() == 0
        change(asleep, redeliver_at=EPOCH)
    assert minutes == [2, 4, 8, 10, 10]
    assert queue.sent == [(asleep.pk, 0)] * 5


def test_the_first_wake_comes_a_minute_after_the_start(run):
    assert timedelta(seconds=55) < run.redeliver_at - run.created_at <= timedelta(seconds=60)
    assert engine.wake() == 0


def test_a_frozen_run_is_woken_when_its_lease_has_run_out(asleep, queue):
    lease.claim(SyncRun, asleep.pk, 0)
    change(asleep, redeliver_at=EPOCH)
    assert engine.wake() == 0
    lease_runs_out(asleep)
    assert engine.wake() == 1
    engine.advance(SyncRun, *queue.sent.pop())
    asleep.refresh_from_db()
    assert asleep.pages == 1


def test_a_waiting_run_is_woken_when_its_time_has_come(asleep):
    change(asleep, status="waiting", resume_at=db_now() + timedelta(minutes=1))
    assert engine.wake() == 0
    change(asleep, resume_at=db_now())
    assert engine.wake() == 1


@pytest.mark.parametrize("status", ["review", "succeeded", "failed", "cancelled"])
def test_what_has_ended_sleeps_for_ever(asleep, status):
    change(asleep, status=status)
    assert engine.wake() == 0


def test_two_who_wake_at_once_send_one_task(asleep, queue):
    seen_by_both = SyncRun.objects.get(pk=asleep.pk)
    assert engine.wake() == 1
    assert not lease._wake(seen_by_both)
    assert len(queue.sent) == 1


def test_a_send_that_the_broker_refused_does_not_count(asleep, queue):
    """However long it is away: a minute after its return the run moves, and no worker is stuck."""
    change(asleep, redeliveries=1)
    queue.is_down = True
    for _minute in range(10):
        assert engine.wake() == 0
        asleep.refresh_from_db()
        assert asleep.redeliveries == 0
        assert asleep.redeliver_at - db_now() <= timedelta(seconds=30)
        assert not groups.has_stalled_runs()
        change(asleep, redeliver_at=EPOCH)
    queue.is_down = False
    assert engine.wake() == 1
    assert queue.sent == [(asleep.pk, 0)]


def test_a_broker_that_refuses_is_logged_and_the_wake_sends_it(
    transactional_db, account, wechat, queue, caplog
):
    queue.is_down = True
    with caplog.at_level(logging.WARNING, "followers"):
        run, _created = begin(account)
        engine.advance(SyncRun, run.pk, 0)
    assert len(caplog.records) == 2
    queue.is_down = False
    change(run, redeliver_at=EPOCH)
    assert engine.wake() == 1
    assert queue.sent == [(run.pk, 1)]
    queue.deliver()
    run.refresh_from_db()
    assert run.status == "succeeded"


# --- worker groups ------------------------------------------------------------------------------


def test_what_a_dead_group_held_is_woken_at_once(transactional_db, run, queue, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    lease.claim(SyncRun, run.pk, 0)
    queue.sent.clear()
    assert groups.release_runs("host/13") == 0
    assert groups.release_runs("host/12") == 1
    assert queue.sent == [(run.pk, 0)]
    queue.deliver()
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_groups_whose_supervisor_is_gone_are_freed_on_their_own_host(run, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    lease.claim(SyncRun, run.pk, 0)
    assert groups.release_dead("other", lambda pid: False) == 0
    assert groups.release_dead("host", lambda pid: pid == 12) == 0
    assert groups.release_dead("host", lambda pid: False) == 1


def test_a_group_works_while_it_holds_or_has_just_committed(run, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    assert not groups.is_owner_active("host/12", 60)
    claim = lease.claim(SyncRun, run.pk, 0)
    assert groups.is_owner_active("host/12", 60)
    lease_runs_out(run)
    assert not groups.is_owner_active("host/12", 60)
    with claim.commit():
        claim.hand_over()
    assert groups.is_owner_active("host/12", 60)
    assert not groups.is_owner_active("host/13", 60)
