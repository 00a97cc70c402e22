"""The JSON that the run page polls."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from followers.models import SyncPage, SyncRun
from followers.sync.progress import progress

from .driver import begin, drive, step, sync

CONTRACT = {
    "id": int,
    "status": str,
    "stage": str,
    "done": int,
    "total": int,
    "added": int,
    "resubscribed": int,
    "unsubscribed": int,
    "message": str,
    "resume_at": type(None),
    "finished_at": str,
    "stages": list,
}


def test_the_contracts_keys_and_types(account, wechat):
    state = progress(sync(account))
    assert {name: type(state.get(name)) for name in CONTRACT} == CONTRACT


def test_a_run_that_nobody_has_begun(account, wechat):
    state = progress(begin(account)[0])
    assert (state["status"], state["active"], state["done"], state["total"]) == (
        "queued",
        True,
        0,
        0,
    )
    assert (state["log"], state["rate"], state["seconds_left"]) == ([], None, None)


def test_every_figure_moves(account, wechat):
    run = step(begin(account)[0])
    states = [progress(step(run)) for _ in range(2)]
    for name in ("done", "fetched", "added", "pages"):
        assert states[0][name] < states[1][name]
    assert [len(state["log"]) for state in states] == [2, 3]


def test_half_way(account, wechat):
    run = step(begin(account)[0])
    state = progress(run)
    assert (state["stage"], state["done"], state["total"]) == ("listing", 10, 23)
    assert state["rate"] > 0
    assert state["seconds_left"] == round(13 / state["rate"]) or state["rate"] > 26
    assert state["started_at"].endswith("+08:00")


def test_a_worker_that_is_silent_has_no_rate(account, wechat):
    run = step(begin(account)[0])
    SyncPage.objects.update(stored_at=F("stored_at") - timedelta(minutes=2))
    state = progress(run)
    assert (state["rate"], state["seconds_left"]) == (None, None)


def test_at_the_end(account, wechat):
    state = progress(sync(account))
    assert (state["status"], state["active"]) == ("succeeded", False)
    assert (state["done"], state["total"], state["rate"]) == (23, 23, None)
    assert datetime.fromisoformat(state["finished_at"]).tzinfo is not None
    assert [stage["status"] for stage in state["stages"]] == ["done"]


def test_the_log_is_newest_first(account, wechat):
    log = progress(sync(account))["log"]
    assert [(page["number"], page["ids"]) for page in log] == [(3, 3), (2, 10), (1, 10)]


def test_a_waiting_run_says_why_and_until_when(account, wechat):
    wechat.fault("45011")
    state = progress(sync(account))
    assert state["status"] == "waiting"
    assert state["message"]
    assert state["advice"]
    assert state["resume_at"].endswith("+08:00")


@pytest.mark.parametrize("end", [False, True])
def test_no_bitmap_is_read_for_the_log(account, wechat, end, django_assert_num_queries):
    run = step(begin(account)[0])
    if end:
        run = drive(run)
    run = SyncRun.objects.get(pk=run.pk)
    with django_assert_num_queries(2) as captured:
        progress(run)
    assert not any("new_rows" in one["sql"] for one in captured)
