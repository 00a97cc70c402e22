"""Each stage's place and counts in words."""

import pytest
from django.utils import timezone, translation

from followers.admin.runs import stages
from followers.models import SyncPage, SyncRun, SyncStage
from followers.sync.complete_list import CONFIRMED_PAGES_FROM
from followers.sync.details import MAX_BAD_OPENIDS
from followers.sync.state import STATES, DetailsState, ListingState


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def stage(name, status="running", **values):
    return SyncStage(name=name, status=status, **values)


def said(row, **run):
    return stages.count_lines(row, SyncRun(**{"status": "running", **run}))


def test_every_stage_counts():
    assert set(stages.COUNTS) == set(SyncStage.Name)


@pytest.mark.parametrize("name", SyncStage.Name)
def test_a_stage_that_waits_says_so(name):
    assert said(stage(name, "pending")) == ["not begun"]
    assert said(stage(name, "pending"), status="cancelled") == ["not reached"]


def test_the_place_in_the_list():
    assert said(stage("listing", done=10_000, total=23_000)) == ["10,000 of 23,000"]
    assert said(stage("listing")) == []


def test_how_unfollows_were_confirmed():
    row = stage("listing", state=vars(ListingState(asked=90, still=50, restarts=2)))
    assert said(row) == [
        "90 apparent unfollows checked with WeChat, 50 still follow",
        "begun again 2 times",
    ]


def test_whom_nobody_could_ask_about():
    (line,) = said(stage("listing", state=vars(ListingState(unconfirmed=1200))))
    assert line.startswith("1,200 people are missing from the list")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("tags", ["1,200 times put on a follower", "3 times taken off"]),
        ("blacklist", ["1,200 newly blocked", "3 no longer blocked"]),
    ],
)
def test_what_was_added_and_removed(name, lines):
    assert said(stage(name, "done", state=vars(STATES[name](added=1200, removed=3)))) == lines


@pytest.mark.parametrize("name", ["tags", "blacklist"])
def test_nothing_changed_is_said_of_a_whole_result_alone(name):
    assert said(stage(name, "done", total=9, done=9)) == ["9 of 9", "nothing changed"]
    assert said(stage(name, "running")) == []
    assert said(stage(name, "done", reason="api", error_code=48001)) == []


def test_details_that_are_all_up_to_date():
    assert said(stage("details", "done")) == ["all are up to date"]
    assert said(stage("details", "done", reason="api", error_code=48001)) == []


@pytest.mark.parametrize(("number", "shown"), [(1, "1"), (MAX_BAD_OPENIDS, "20+")])
def test_ids_that_wechat_does_not_know(number, shown):
    row = stage("details", done=50, total=100, state=vars(DetailsState(bad=["o1"] * number)))
    assert said(row) == ["50 of 100", f"{shown} unknown to WeChat"]


def test_outstanding_details_go_on_with_the_next_sync():
    run = SyncRun(outstanding=1800)
    assert "1,800 followers" in stages.outstanding_line(run, stage("details", "done"))
    assert stages.outstanding_line(SyncRun(), stage("details", "done")) == ""
    assert stages.outstanding_line(run, None) == ""


def test_details_that_may_not_be_read_are_not_promised():
    assert stages.outstanding_line(SyncRun(outstanding=5), stage("details", error_code=48001)) == ""


def test_a_note_has_reason_and_advice():
    row = stage("tags", "done", reason="kept_tags", error_params={"names": "VIP、老客"})
    meaning, advice = stages.stage_note(row).split("\n")
    assert meaning.startswith("The lists of these tags were not complete")
    assert meaning.endswith("VIP、老客")
    assert advice == "The next sync tries again."
    assert stages.stage_note(stage("tags")) == ""


# --- live -------------------------------------------------------------------------------


def phases(name):
    return [phase for known, phase in stages.PHASES if known == name]


@pytest.mark.parametrize("name", SyncStage.Name)
def test_every_phase_of_a_running_stage_has_words(account, make_run, make_stage, name):
    run = make_run(account, "running")
    run.stages.all().delete()
    row = make_stage(run, name, "running")
    for phase in phases(name):
        SyncStage.objects.filter(pk=row.pk).update(phase=phase)
        assert stages.live_progress(SyncRun.objects.get(pk=run.pk))["phase"]


def test_the_first_call_counts_as_running(account, make_run):
    state = stages.live_progress(make_run(account, "running"))
    assert state["stages"][0]["status"] == "running"
    assert SyncStage.objects.get().status == "pending"


def test_a_queued_run_does_nothing_yet(account, make_run):
    state = stages.live_progress(make_run(account, "queued"))
    assert (state["phase"], state["stages"][0]["status"]) == ("", "pending")


@pytest.mark.parametrize(
    ("status", "listing", "usable"),
    [("running", "done", True), ("running", "running", False), ("succeeded", "done", False)],
)
def test_the_list_can_be_used_before_the_rest(
    account, make_run, make_stage, status, listing, usable
):
    run = make_run(account, status)
    run.stages.update(status=listing)
    make_stage(run, "details", "running")
    assert stages.live_progress(run)["usable"] is usable


@pytest.mark.parametrize(
    ("status", "said"), [("running", True), ("waiting", False), ("failed", False)]
)
def test_the_forecast_is_of_a_run_that_goes_on(account, make_run, status, said):
    run = make_run(account, status)
    run.stages.update(status="running", phase="read", total=10_000_000)
    assert bool(stages.live_progress(run)["forecast"]) is said


def page(stage, number, **values):
    now = timezone.now()
    return SyncPage.objects.create(
        stage=stage, walk_number=1, number=number, ids=100, added=0, resubscribed=0,
        requested_at=now - timezone.timedelta(seconds=1), stored_at=now, **values
    )  # fmt: skip


def test_the_rate_of_the_pages_is_that_of_the_list_alone(account, make_run, make_stage):
    run = make_run(account, "running")
    page(run.stages.get(), 1)
    assert stages.live_progress(SyncRun.objects.get(pk=run.pk))["rate"] == 100
    run.stages.update(status="done")
    make_stage(run, "details", "running", phase="ask", done=1, total=9)
    state = stages.live_progress(SyncRun.objects.get(pk=run.pk))
    assert (state["rate"], state["seconds_left"]) == (None, None)


def test_the_log_names_the_stage_and_leaves_out_what_is_no_page(account, make_run, make_stage):
    run = make_run(account, "running")
    page(run.stages.get(), 1)
    page(run.stages.get(), CONFIRMED_PAGES_FROM + 1)
    page(make_stage(run, "tags", "running"), 1)
    log = stages.live_progress(SyncRun.objects.get(pk=run.pk))["log"]
    assert [(row["stage"], row["number"]) for row in log] == [("Tags", 1), ("Follower list", 1)]


def test_a_poll_costs_few_statements(account, make_run, make_stage, django_assert_max_num_queries):
    run = make_run(account, "running")
    for name in ("tags", "blacklist", "details"):
        make_stage(run, name, "pending")
    run = SyncRun.objects.select_related("account").get(pk=run.pk)
    with django_assert_max_num_queries(3):
        stages.live_progress(run)
