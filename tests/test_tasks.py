import pytest
from django.utils.module_loading import import_string

from followers import tasks
from followers.management.supervisor import OVERLAP_TASK, RECOUNT_TASK, WECHAT_FIGURES_TASK
from followers.rows import followers
from followers.runs import engine, lease
from followers.statistics import wechat_figures

from .sync.driver import begin

SYNC = "followers.syncrun"


def test_the_engine_enqueues_this_name():
    assert lease.TASK == "followers.tasks.advance"
    assert import_string(lease.TASK) is tasks.advance


def test_a_task_runs_one_slice(account, wechat):
    run, _created = begin(account)
    tasks.advance(SYNC, run.pk, run.ticket)
    run.refresh_from_db()
    assert (run.pages, run.ticket) == (1, 1)


def test_a_stale_task_is_ignored(account, wechat, caplog):
    run, _created = begin(account)
    tasks.advance(SYNC, run.pk, 7)
    tasks.advance(SYNC, run.pk + 1, 0)
    assert caplog.records == []


def test_exceptions_are_logged(account, wechat, monkeypatch, caplog):
    run, _created = begin(account)
    monkeypatch.setattr(followers, "insert", lambda *_args: 1 / 0)
    tasks.advance(SYNC, run.pk, run.ticket)
    assert "ZeroDivisionError" in caplog.text
    assert f"A slice of SyncRun {run.pk} failed" in caplog.text
    run.refresh_from_db()
    assert (run.status, run.tries) == ("running", 1)


def test_the_supervisor_enqueues_this_recount():
    assert import_string(RECOUNT_TASK) is tasks.recount


def test_a_recount_that_fails_is_logged(account, caplog):
    tasks.recount(account.pk + 1)
    assert "could not be counted" in caplog.text


def test_the_supervisor_enqueues_this_fetch():
    assert import_string(WECHAT_FIGURES_TASK) is tasks.fetch_wechat_figures


def test_a_fetch_that_fails_is_logged(account, monkeypatch, caplog):
    monkeypatch.setattr(wechat_figures, "fetch", lambda _account_id: 1 / 0)
    tasks.fetch_wechat_figures(account.pk)
    assert "could not be stored" in caplog.text


def test_the_supervisor_enqueues_this_count():
    assert import_string(OVERLAP_TASK) is tasks.count_overlap


def test_an_overlap_that_fails_is_logged(db, monkeypatch, caplog):
    tasks.count_overlap()
    assert caplog.records == []
    monkeypatch.setattr(tasks.overlap, "count_overlap", lambda: 1 / 0)
    tasks.count_overlap()
    assert "could not be counted" in caplog.text


def test_system_exit_is_not_caught(account, wechat, monkeypatch):
    """django-q2 ends a worker with SystemExit, and kills it if that is caught."""

    def times_out(*_args, **_how):
        raise SystemExit

    monkeypatch.setattr(engine, "advance", times_out)
    with pytest.raises(SystemExit):
        tasks.advance(SYNC, 1, 0)
