"""The engine runs a kind that only these tests register, because it knows no kind by name."""

from unittest.mock import patch

import pytest
from django.apps import AppConfig, apps
from django.db import connection
from django.utils import translation

from followers import tasks
from followers.models import EPOCH
from followers.runs import engine, lease, messages, stage, worker_groups
from followers.runs.foreground import run_in_foreground
from followers.runs.messages import describe
from followers.runs.progress import run_progress

LABEL = "runs.brew"
TAGS = "/cgi-bin/tags/get"


@pytest.fixture(scope="module")
def model(django_db_setup, django_db_blocker):
    """Installed and registered as long as this module's tests run.

    Not by way of INSTALLED_APPS: every other app would be made ready a second time.
    """
    config = AppConfig.create("tests.runs")
    config.apps = apps
    with patch.dict(apps.app_configs, {config.label: config}), django_db_blocker.unblock():
        config.import_models()
        apps.clear_cache()
        from .models import BREW

        with patch.dict(stage._kinds), patch.dict(messages._texts_by_reason):
            stage.register(BREW)
            with connection.schema_editor() as editor:
                editor.create_model(BREW.model)
            yield BREW.model
            with connection.schema_editor() as editor:
                editor.delete_model(BREW.model)
    apps.clear_cache()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def make(model, account, wechat):
    def make(**values):
        run = engine.create(model, account, None, **values)
        lease.enqueue(run)
        return run

    return make


@pytest.fixture
def brew(make):
    """Water and two cups, queued."""
    return make()


@pytest.fixture
def deliver(queue):
    """What a worker does with the oldest task of the queue."""

    def deliver(run):
        tasks.advance(LABEL, *queue.tasks[type(run)].pop(0))
        run.refresh_from_db()
        return run

    return deliver


def change(run, **values):
    type(run).objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()


def kill(run):
    """A worker claims it and is killed; its lease expires and its redelivery is due."""
    assert lease.claim(type(run), run.pk, run.ticket)
    change(run, lease_until=EPOCH, redeliver_at=EPOCH)


def test_it_begins_in_the_queue_by_the_one_task(brew, queue):
    assert queue.tasks[type(brew)] == [(brew.pk, 0)]
    assert (brew.status, brew.requested_by) == ("queued", None)


def test_it_goes_on_slice_by_slice_to_its_end(
    brew, deliver, queue, django_capture_on_commit_callbacks
):
    seen = []
    while queue.tasks[type(brew)]:
        with django_capture_on_commit_callbacks(execute=True):
            seen.append((deliver(brew).status, brew.boiled, brew.poured, brew.ticket))
    assert seen == [("running", True, 0, 1), ("running", True, 1, 2), ("succeeded", True, 2, 2)]


def test_a_late_task_moves_nothing(brew, wechat):
    tasks.advance(LABEL, brew.pk, brew.ticket)
    tasks.advance(LABEL, brew.pk, 0)
    assert wechat.calls[TAGS] == 1


def test_it_is_redelivered_after_a_kill(brew, deliver, queue):
    queue.tasks[type(brew)].clear()
    kill(brew)
    assert engine.redeliver_due_runs() == 1
    assert (deliver(brew).boiled, brew.tries) == (True, 0)


def test_too_many_kills_end_it_in_words(brew):
    change(brew, tries=lease.MAX_TRIES, boiled=True)
    tasks.advance(LABEL, brew.pk, 0)
    brew.refresh_from_db()
    assert (brew.status, brew.boiled) == ("failed", False)
    assert "tried several times" in describe(brew).meaning


def test_a_group_that_ended_leaves_it_to_others(brew, queue, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    lease.claim(type(brew), brew.pk, 0)
    assert worker_groups.is_owner_active("host/12", 60)
    assert worker_groups.release_runs("host/12") == 1
    assert queue.tasks[type(brew)] == [(brew.pk, 0)] * 2


def test_cancelled_it_stays_where_it_is_and_is_cleaned_up(brew, deliver, wechat):
    deliver(brew)
    assert engine.cancel(brew)
    assert not engine.cancel(brew)
    tasks.advance(LABEL, brew.pk, 1)
    brew.refresh_from_db()
    assert (brew.status, brew.boiled, wechat.calls[TAGS]) == ("cancelled", False, 1)


def test_it_waits_for_wechat_and_can_be_told_to_go_on(brew, deliver, wechat):
    wechat.fault("45009", path=TAGS)
    assert (deliver(brew).status, brew.error_code) == ("waiting", 45009)
    assert "calls of “Get the tags” are used up" in describe(brew).meaning
    wechat.clear()
    assert engine.retry(brew)
    tasks.advance(LABEL, brew.pk, brew.ticket)
    brew.refresh_from_db()
    assert (brew.status, brew.boiled, brew.error_code) == ("running", True, None)


def test_what_wechat_refuses_for_good_ends_it(brew, deliver, wechat):
    wechat.fault("48001", path=TAGS)
    assert (deliver(brew).status, brew.reason) == ("failed", "api")


def test_its_progress_says_its_own_reasons(make, deliver):
    brew = make(boiled=True, cups=1000)
    deliver(brew)
    progress = run_progress(brew)
    assert (progress["id"], progress["status"], progress["active"]) == (brew.pk, "review", False)
    assert (progress["message"], progress["advice"]) == (
        "1,000 cups are many.",
        "Ask who is thirsty.",
    )


def test_a_command_works_on_it_to_its_end(brew, queue):
    queue.tasks.clear()
    shown = []
    run_in_foreground(brew, lambda: shown.append((brew.status, brew.poured)))
    assert shown[-1] == ("succeeded", 2)
    assert ("running", 1) in shown
    assert queue.tasks == {}


def test_a_command_watches_who_has_it(brew, monkeypatch):
    lease.claim(type(brew), brew.pk, 0)
    monkeypatch.setattr("time.sleep", lambda _seconds: change(brew, lease_until=EPOCH))
    idle = []
    run_in_foreground(brew, lambda: None, idle.append)
    assert (idle, brew.status) == ([brew], "succeeded")


def test_others_give_way_to_it(brew, make):
    other = make()
    assert engine.has_other_claimable_runs(other)
    change(brew, status="succeeded")
    assert not engine.has_other_claimable_runs(other)
