"""The JSON that the run page polls."""

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from followers.models import SyncPage, SyncRun
from followers.sync import syncs
from followers.sync.progress import sync_progress
from followers.sync.state import ListingState

from .driver import begin, drive, stage_of, step, sync

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
    state = sync_progress(sync(account))
    assert {name: type(state.get(name)) for name in CONTRACT} == CONTRACT


def test_a_run_that_nobody_has_begun(account, wechat):
    state = sync_progress(begin(account)[0])
    assert (state["status"], state["active"], state["done"], state["total"]) == (
        "queued",
        True,
        0,
        0,
    )
    assert (state["log"], state["rate"], state["seconds_left"]) == ([], None, None)


def test_every_figure_moves(account, wechat):
    run = step(begin(account)[0])
    states = [sync_progress(step(run)) for _ in range(2)]
    for name in ("done", "fetched", "added", "pages"):
        assert states[0][name] < states[1][name]
    assert [len(state["log"]) for state in states] == [2, 3]


def test_half_way(account, wechat):
    run = step(begin(account)[0])
    state = sync_progress(run)
    assert (state["stage"], state["done"], state["total"]) == ("listing", 10, 23)
    assert state["rate"] > 0
    assert state["seconds_left"] == round(13 / state["rate"]) or state["rate"] > 26
    assert state["started_at"].endswith("+08:00")


def test_a_worker_that_is_silent_has_no_rate(account, wechat):
    run = step(begin(account)[0])
    SyncPage.objects.update(stored_at=F("stored_at") - timedelta(minutes=2))
    state = sync_progress(run)
    assert (state["rate"], state["seconds_left"]) == (None, None)


def test_at_the_end(account, wechat):
    state = sync_progress(sync(account))
    assert (state["status"], state["active"]) == ("succeeded", False)
    assert (state["done"], state["total"], state["rate"]) == (23, 23, None)
    assert datetime.fromisoformat(state["finished_at"]).tzinfo is not None
    assert [stage["status"] for stage in state["stages"]] == ["done"]


def test_the_log_is_newest_first(account, wechat):
    log = sync_progress(sync(account))["log"]
    assert [(page["number"], page["ids"]) for page in log] == [(3, 3), (2, 10), (1, 10)]


def test_a_waiting_run_says_why_and_until_when(account, wechat):
    wechat.fault("45011")
    state = sync_progress(sync(account))
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
        sync_progress(run)
    assert not any("new_rows" in one["sql"] for one in captured)


# --- One measure for the whole run ---------------------------------------------------------------


def shares(run):
    """`overall` after every slice, to the end."""
    found = []
    while run.status in ("queued", "running"):
        found.append(sync_progress(SyncRun.objects.get(pk=run.pk))["overall"])
        step(run)
    return [*found, sync_progress(run)["overall"]]


def test_the_whole_run_goes_from_nothing_to_one(account, wechat):
    run, _ = syncs.start(account)
    found = shares(run)
    assert found[0] is None
    known = [share for share in found if share is not None]
    assert known == sorted(known)
    assert known[-1] == 1
    # The list is one part of it.
    assert known[0] == pytest.approx(10 / 23 * 8 / 20, abs=0.001)


def test_a_list_that_is_walked_again_does_not_lead_back(account, wechat):
    run = step(begin(account)[0], 2)
    before = sync_progress(run)
    row = stage_of(run)
    # As where the walk begins anew.
    row.done = 0
    ListingState.load(row).save(row)
    after = sync_progress(SyncRun.objects.get(pk=run.pk))
    assert (before["done"], after["done"]) == (20, 0)
    assert after["overall"] == before["overall"] == pytest.approx(20 / 23, abs=0.001)
    # WeChat's own count rises meanwhile.
    row.total = 100
    ListingState.load(row).save(row)
    assert sync_progress(SyncRun.objects.get(pk=run.pk))["overall"] == before["overall"]
