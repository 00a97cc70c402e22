"""Every due time starts exactly one run."""

import threading
from datetime import datetime, time, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from followers.models import OfficialAccount, SyncRun, SyncSchedule
from followers.rows.clock import db_now
from followers.rows.dialect import dialect
from followers.schedules import starting
from followers.schedules.starting import plan, start_due
from followers.sync import syncs
from tests.sync.driver import drive
from tests.sync.truth import stage

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def schedule(account, queue):
    made = SyncSchedule(account=account, time=time(3))
    plan(made)
    return made


@pytest.fixture
def at(monkeypatch):
    """at("2026-11-27 03:00"): the database's clock shows this local time."""

    def at(text):
        moment = timezone.make_aware(datetime.fromisoformat(text))
        monkeypatch.setattr(dialect(), "now", lambda: moment)
        return moment

    return at


def due(schedule, ago=MINUTE):
    """Make it due; returns the due time."""
    moment = db_now() - ago
    SyncSchedule.objects.filter(pk=schedule.pk).update(next_at=moment)
    return moment


def end_all():
    SyncRun.objects.update(status="succeeded")


def test_it_is_planned_for_its_time(schedule, at):
    at("2026-11-27 02:00")
    plan(schedule)
    assert timezone.localtime(schedule.next_at).isoformat() == "2026-11-27T03:00:00+08:00"
    schedule.paused = True
    plan(schedule)
    assert schedule.next_at is None


def test_nothing_starts_before_its_time(schedule):
    assert start_due() == 0


def test_a_due_time_starts_one_run(schedule, queue, django_capture_on_commit_callbacks):
    moment = due(schedule)
    with django_capture_on_commit_callbacks(execute=True):
        assert [start_due() for _ in range(3)] == [1, 0, 0]
    run = SyncRun.objects.get()
    assert (run.due_at, run.requested_by, run.status) == (moment, None, "queued")
    assert [row.name for row in run.stages.all()] == list(syncs.STAGES)
    assert len(queue.sent) == 1
    schedule.refresh_from_db()
    assert db_now() < schedule.next_at <= db_now() + DAY


def test_a_week_that_was_missed_starts_one(schedule):
    due(schedule, 7 * DAY)
    assert [start_due() for _ in range(3)] == [1, 0, 0]
    end_all()
    assert start_due() == 0


def test_days_go_by(account, queue, at):
    at("2026-12-30 12:00")
    plan(SyncSchedule(account=account, time=time(3)))
    for day in ("2026-12-31", "2027-01-01", "2027-01-02"):
        at(f"{day} 02:59:59")
        assert start_due() == 0
        at(f"{day} 03:00")
        assert start_due() == 1
        end_all()
    assert SyncRun.objects.count() == 3


@pytest.mark.parametrize("status", ["queued", "running", "waiting"])
def test_while_a_run_is_active_the_due_time_waits(schedule, account, status):
    run, _created = syncs.start(account)
    SyncRun.objects.update(status=status)
    moment = due(schedule)
    assert start_due() == 0
    SyncRun.objects.filter(pk=run.pk).update(status="failed")
    assert [start_due(), start_due()] == [1, 0]
    assert SyncRun.objects.latest("pk").due_at == moment


def test_a_run_that_begins_just_now_is_not_lost(schedule, account, monkeypatch):
    """Somebody clicks between the look and the claim: the due time is not used up."""
    moment = due(schedule)
    real = starting._claim

    def claim(*given):
        claimed = real(*given)
        syncs.start(account)
        return claimed

    monkeypatch.setattr(starting, "_claim", claim)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.next_at == moment


def test_a_sync_in_review_is_answered_by_the_next(schedule, account):
    run, _created = syncs.start(account)
    SyncRun.objects.update(status="review")
    due(schedule)
    assert start_due() == 1
    run.refresh_from_db()
    assert (run.status, run.reason) == ("cancelled", "superseded")


def test_a_time_that_a_wrong_clock_has_set_is_computed_anew(schedule, at):
    at("2026-11-28 03:00")
    SyncSchedule.objects.update(next_at=db_now())
    assert start_due() == 1
    end_all()
    at("2026-11-27 10:00")
    assert start_due() == 0
    schedule.refresh_from_db()
    assert timezone.localtime(schedule.next_at).isoformat() == "2026-11-28T03:00:00+08:00"
    # That one was run already.
    at("2026-11-28 03:00")
    assert start_due() == 0
    at("2026-11-29 03:00")
    assert start_due() == 1


def test_another_time_zone_is_followed(schedule, at, settings):
    at("2026-11-27 02:00")
    plan(schedule)
    settings.TIME_ZONE = "Europe/Berlin"
    start_due()
    schedule.refresh_from_db()
    assert schedule.next_at.isoformat() == "2026-11-27T02:00:00+00:00"


def test_one_that_is_paused_or_not_filled_in_never_starts(schedule):
    due(schedule)
    SyncSchedule.objects.update(paused=True)
    assert start_due() == 0
    SyncSchedule.objects.update(paused=False, time=None)
    assert start_due() == 1
    schedule.refresh_from_db()
    assert schedule.next_at is None


def test_without_a_secret_it_is_skipped_and_says_why(schedule):
    OfficialAccount.objects.update(app_secret="")
    due(schedule)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert (schedule.skipped_reason, schedule.next_at > db_now()) == ("secret", True)
    OfficialAccount.objects.update(app_secret="5ec2e7" * 5)
    due(schedule)
    assert start_due() == 1
    schedule.refresh_from_db()
    assert (schedule.skipped_reason, schedule.skipped_at) == ("", None)


def test_an_account_that_may_not_call_is_not_synced_each_night(schedule, account):
    run, _created = syncs.start(account)
    SyncRun.objects.update(status="failed", error_code=48001)
    due(schedule)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.skipped_reason == "permission"
    syncs.start(account)
    SyncRun.objects.exclude(pk=run.pk).update(status="succeeded")
    due(schedule)
    assert start_due() == 1


def test_another_failure_is_tried_again(schedule, account):
    syncs.start(account)
    SyncRun.objects.update(status="failed", error_code=40164)
    due(schedule)
    assert start_due() == 1


def test_details_have_their_hours(schedule, at):
    SyncSchedule.objects.update(details_from=time(1), details_until=time(5))
    inside = at("2026-11-27 03:00")
    due(schedule)
    start_due()
    run = SyncRun.objects.get()
    assert run.details_until == inside + timedelta(hours=2)
    assert run.stages.filter(name="details").exists()
    end_all()
    at("2026-11-27 12:00")
    due(schedule)
    start_due()
    run = SyncRun.objects.latest("pk")
    assert [row.name for row in run.stages.all()] == ["listing", "tags", "blacklist"]
    end_all()
    at("2026-11-27 13:00")
    SyncSchedule.objects.update(stages=["details"])
    due(schedule)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.skipped_reason == "window"


def test_details_end_with_their_hours(account, wechat):
    run, _created = syncs.start(account, details_until=db_now() - MINUTE)
    run = drive(run)
    details = stage(run, "details")
    assert (run.status, run.outstanding) == ("succeeded", 23)
    assert (details.reason, details.status) == ("hours_over", "done")
    run, _created = syncs.start(account, details_until=db_now() + DAY)
    run = drive(run)
    assert (run.outstanding, stage(run, "details").reason) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_supervisors_that_look_at_once_start_one(account, queue):
    schedule = SyncSchedule(account=account, time=time(3))
    plan(schedule)
    for number in range(1, 4):
        due(schedule)
        barrier = threading.Barrier(4)

        def look(barrier=barrier):
            barrier.wait()
            try:
                start_due()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert SyncRun.objects.count() == number
        end_all()
