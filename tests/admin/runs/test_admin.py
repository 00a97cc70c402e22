"""Sync runs in the admin: history, live page, progress JSON, and the buttons."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from followers.accounts import usage
from followers.admin.runs import words
from followers.admin.shared.formats import format_duration
from followers.models import ApiUsage, SyncPage, SyncRun, Worker
from followers.sync.state import ListingState

Status = SyncRun.Status
CHANGES = ["cancel", "retry", "apply", "discard"]


def address(name, run):
    return reverse(f"admin:followers_syncrun_{name}", args=[run.pk])


def test_every_status_has_a_label_and_a_colour():
    assert set(words.COLOURS) == set(Status)


def test_progress_is_json_that_nobody_keeps(staff, account, make_run):
    run = make_run(account, "running", total=23000, fetched=10000)
    answer = staff.get(address("progress", run))
    assert "no-store" in answer["Cache-Control"]
    assert answer.json()["status"] == "running"
    assert {"id", "stage", "done", "total", "message", "resume_at", "stages"} <= set(answer.json())


def test_progress_of_a_foreign_account_is_not_found(staff, foreign, make_run):
    assert staff.get(address("progress", make_run(foreign, "running"))).status_code == 404


def test_progress_asks_a_stranger_to_log_in(client, account, make_run):
    answer = client.get(address("progress", make_run(account, "running")))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_progress_is_refused_without_permission(make_staff, account, make_run):
    nobody = make_staff(account)
    assert nobody.get(address("progress", make_run(account, "running"))).status_code == 403


@pytest.mark.parametrize("name", CHANGES)
def test_a_get_changes_nothing(staff, account, make_run, name):
    run = make_run(account, "waiting")
    assert staff.get(address(name, run)).status_code == 405
    run.refresh_from_db()
    assert run.status == "waiting"


@pytest.mark.parametrize("name", CHANGES)
def test_changes_need_the_permission_to_sync(onlooker, account, make_run, name):
    run = make_run(account, "review" if name in {"apply", "discard"} else "waiting")
    assert onlooker.post(address(name, run)).status_code == 403
    assert SyncRun.objects.filter(pk=run.pk, status__in=["review", "waiting"]).exists()


@pytest.mark.parametrize("name", CHANGES)
def test_foreign_runs_cannot_be_changed(staff, foreign, make_run, name):
    run = make_run(foreign, "review" if name in {"apply", "discard"} else "waiting")
    assert staff.post(address(name, run)).status_code == 404
    assert SyncRun.objects.filter(pk=run.pk, status__in=["review", "waiting"]).exists()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("cancel", "running", "cancelled"),
        ("retry", "waiting", "queued"),
        ("apply", "review", "queued"),
        ("discard", "review", "cancelled"),
    ],
)
def test_the_buttons_do_what_they_say(staff, account, make_run, name, before, after):
    run = make_run(account, before)
    assert staff.post(address(name, run)).url == address("change", run)
    run.refresh_from_db()
    assert run.status == after


@pytest.mark.parametrize("name", CHANGES)
def test_whoever_comes_too_late_is_told_so(staff, account, make_run, name):
    run = make_run(account, "succeeded")
    answer = staff.post(address(name, run), follow=True)
    told = "同步已经结束，无需取消" if name == "cancel" else "没有做任何改动"
    assert told in answer.text
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_an_active_run_shows_a_bar_that_polls_and_a_way_to_stop(staff, account, make_run):
    run = make_run(account, "running")
    page = staff.get(address("change", run)).text
    assert f'data-progress-url="{address("progress", run)}"' in page
    assert address("cancel", run) in page
    assert 'data-progress="retry" hidden' in page


def test_a_waiting_run_can_be_retried(staff, account, make_run):
    run = make_run(account, "waiting", resume_at=timezone.now())
    page = staff.get(address("change", run)).text
    assert address("retry", run) in page
    assert 'data-progress="retry" hidden' not in page


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_came_to_nothing_offers_another(staff, account, make_run, status):
    page = staff.get(address("change", make_run(account, status))).text
    assert reverse("admin:followers_officialaccount_sync", args=[account.pk]) in page
    assert "data-progress-url" not in page


def test_review_shows_numbers_people_and_three_answers(staff, account, make_run, make_followers):
    people = make_followers(account, 3)
    state = ListingState(known=900, listed=600, gone=300, sample=[p.pk for p in people])
    why = {"gone": 300, "known": 900}
    run = make_run(account, "review", reason="shrunk", error_params=why, state=state)
    page = staff.get(address("change", run)).text
    assert all(person.openid in page for person in people)
    assert all(address(name, run) in page for name in ("apply", "discard"))
    assert "300" in page
    assert "推荐" in page


def test_onlookers_see_no_buttons(onlooker, account, make_run):
    page = onlooker.get(address("change", make_run(account, "review"))).text
    assert 'action="/admin/followers/' not in page


def test_an_error_is_a_sentence_in_the_language_of_the_reader(staff, account, make_run):
    params = {"ip": "203.0.113.7"}
    run = make_run(account, "failed", reason="api", error_code=40164, error_params=params)
    chinese = staff.get(address("change", run)).text
    english = staff.get(address("change", run), headers={"Accept-Language": "en"}).text
    assert "203.0.113.7" in chinese
    assert "203.0.113.7" in english
    assert "IP whitelist" in english
    assert "IP whitelist" not in chinese


def test_the_page_of_a_foreign_run_is_not_found(staff, foreign, make_run):
    assert staff.get(address("change", make_run(foreign, "running"))).status_code == 404


def test_the_history_shows_own_runs_only(staff, account, foreign, make_run):
    own, other = make_run(account, "succeeded"), make_run(foreign, "succeeded")
    page = staff.get(reverse("admin:followers_syncrun_changelist")).text
    assert address("change", own) in page
    assert address("change", other) not in page
    assert foreign.name not in page


def test_the_history_can_be_filtered(staff, account, make_run):
    failed, fine = make_run(account, "failed"), make_run(account, "succeeded")
    page = staff.get(
        reverse("admin:followers_syncrun_changelist"),
        {"status__exact": "failed", "account__id__exact": account.pk},
    ).text
    assert address("change", failed) in page
    assert address("change", fine) not in page


@pytest.mark.parametrize("name", ["add", "delete"])
def test_runs_are_not_made_or_deleted_by_hand(admin_client, account, make_run, name):
    run = make_run(account, "succeeded")
    arguments = [run.pk] if name == "delete" else []
    answer = admin_client.post(reverse(f"admin:followers_syncrun_{name}", args=arguments))
    assert answer.status_code == 403


def test_a_run_cannot_be_edited(admin_client, account, make_run):
    run = make_run(account, "succeeded", added=1)
    admin_client.post(address("change", run), {"added": 999})
    run.refresh_from_db()
    assert run.added == 1


def test_many_runs_cost_no_more_statements(
    admin_client, account, make_run, django_assert_max_num_queries
):
    for _ in range(120):
        make_run(account, "succeeded", reason="loop")
    with django_assert_max_num_queries(12):
        admin_client.get(reverse("admin:followers_syncrun_changelist"))


def test_the_log_shows_the_pages(staff, account, make_run):
    run = make_run(account, "succeeded", pages=1)
    now = timezone.now()
    SyncPage.objects.create(
        stage=run.stages.get(),
        walk_number=1,
        number=1,
        ids=9876,
        added=1,
        resubscribed=0,
        requested_at=now,
        stored_at=now,
    )
    assert "<td>9876</td>" in staff.get(address("change", run)).text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7200, "2 h")]
)
def test_spans_have_at_most_two_units(seconds, text):
    with translation.override("en"):
        assert format_duration(timezone.timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("code", [40013, 40125])
def test_wrong_keys_lead_to_the_account(make_staff, account, make_run, code):
    keeper = make_staff(account, "view_syncrun", "change_officialaccount")
    page = keeper.get(address("change", make_run(account, "failed", reason="api", error_code=code)))
    assert "检查 AppID 和 AppSecret" in page.text
    assert reverse("admin:followers_officialaccount_change", args=[account.pk]) in page.text


def test_the_page_has_a_place_for_every_stage(staff, account, make_run, make_stage):
    run = make_run(account, "running")
    run.stages.update(status="done", state=vars(ListingState(asked=90, still=50)))
    make_stage(run, "tags", "running", phase="read", done=120, total=500)
    make_stage(run, "details", "pending")
    page = staff.get(address("change", run)).text
    for name in ("listing", "tags", "details"):
        assert f'data-stage="{name}"' in page
    assert 'data-stage="tags" aria-current="step"' in page
    assert "已向微信核实 90 位疑似取消关注的粉丝，其中 50 位仍在关注" in page
    assert "120 / 500" in page
    assert "正在读取各标签下的粉丝" in page
    assert "名单已完成，可以开始查看粉丝" in page
    assert 'data-progress="usable" hidden' not in page


def test_the_json_has_what_the_script_writes(staff, account, make_run):
    state = staff.get(address("progress", make_run(account, "running"))).json()
    assert {"phase", "usable", "forecast", "log", "stages", "detail"} <= set(state)
    assert {"name", "status", "lines", "note"} <= set(state["stages"][0])
    assert state["phase"] == "正在读取粉丝名单"


@pytest.mark.parametrize(("status", "colour"), [("waiting", "warning"), ("failed", "danger")])
def test_label_and_box_can_change_their_colour_without_a_reload(
    staff, account, make_run, status, colour
):
    run = make_run(account, status, reason="loop")
    assert staff.get(address("progress", run)).json()["colour"] == colour
    page = staff.get(address("change", run)).text
    assert f'class="wx-label wx-{colour}" data-progress="status"' in page
    assert f'class="wx-why wx-{colour}" data-progress="why"' in page
    assert 'data-progress="detail"' in page


def test_notes_of_stages_are_remarks_and_no_alarm(staff, account, make_run, make_stage):
    run = make_run(account, "succeeded")
    make_stage(run, "tags", reason="kept_tags", error_params={"names": "<b>VIP</b>"})
    page = staff.get(address("change", run)).text
    assert "&lt;b&gt;VIP&lt;/b&gt;" in page
    assert "<b>VIP</b>" not in page
    assert "wx-why" not in page


def test_what_is_outstanding_is_said_once(staff, account, make_run, make_stage):
    run = make_run(account, "succeeded", outstanding=1800)
    make_stage(run, "details")
    page = staff.get(address("change", run)).text
    assert page.count("还有 1,800 位粉丝的详情没有读取") == 1


def test_a_run_without_the_list_has_no_counts_of_it(staff, account, make_run):
    run = make_run(account, "running")
    assert 'data-progress="fetched"' in staff.get(address("change", run)).text
    run.stages.update(name="tags")
    assert 'data-progress="fetched"' not in staff.get(address("change", run)).text


def test_a_list_that_will_not_be_finished_today_is_announced(staff, account, make_run):
    run = make_run(account, "running")
    run.stages.update(status="running", phase="read", done=10_000, total=200_000)
    nothing = 'data-progress="forecast"></p>'
    assert nothing in staff.get(address("change", run)).text
    ApiUsage.objects.create(
        account=account, day=usage.beijing_today(), path=usage.LISTING_PATH, calls=490
    )
    assert nothing not in staff.get(address("change", run)).text
    forecast = staff.get(address("progress", run)).json()["forecast"]
    assert forecast == "读完名单还需约 20 次调用，今天还剩 10 次：今天读不完，明天会自动继续。"


# --- A run that did not come to its end -------------------------------------------------------


@pytest.mark.parametrize("status", ["cancelled", "failed", "review", "running"])
def test_only_a_run_that_ended_well_says_that_nothing_changed(staff, account, make_run, status):
    make_run(account, status, fetched=10_000, total=23_000, unchanged=10_000)
    page = staff.get("/admin/followers/syncrun/").text
    assert "已读取 10,000 / 23,000" in page
    assert "名单没有变化" not in page
    assert "未变" not in page


def test_the_first_list_brings_first_followers(staff, account, make_run):
    make_run(account, "succeeded", fetched=23_000, total=23_000, added=23_000)
    account.baseline_at = timezone.now()
    account.save()
    make_run(account, "succeeded", fetched=23_010, total=23_010, added=10, unchanged=23_000)
    page = staff.get("/admin/followers/syncrun/").text
    assert "初始粉丝 23,000" in page
    assert "新增 23,000" not in page
    assert "新增 10" in page


def test_a_sync_of_other_things_says_nothing_of_the_list(staff, account, make_run):
    make_run(account, "succeeded")
    assert "名单没有变化" not in staff.get("/admin/followers/syncrun/").text


@pytest.mark.parametrize(
    ("status", "look", "words"),
    [
        ("running", "running", ""),
        ("waiting", "stopped", ""),
        ("cancelled", "stopped", "停在这里"),
        ("failed", "stopped", "停在这里"),
        ("review", "stopped", "等待确认"),
    ],
)
def test_a_stage_turns_only_while_its_run_moves(staff, account, make_run, status, look, words):
    run = make_run(account, status)
    run.stages.update(status="running", done=10, total=23)
    page = staff.get(address("change", run)).text
    assert re.findall(r'class="wx-stage wx-(\w+)"', page) == [look]
    assert ('aria-current="step"' in page) is (look == "running")
    assert words in page
    assert staff.get(address("progress", run)).json()["stages"][0]["look"] == look


def test_a_run_that_waits_for_a_worker_says_so(staff, account, make_run):
    run = make_run(account, "queued")
    page, progress = address("change", run), address("progress", run)
    assert "没有运行中的 worker" not in staff.get(page).text
    assert staff.get(progress).json()["message"] == ""
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    assert "没有运行中的 worker" in staff.get(page).text
    told = staff.get(progress).json()
    assert "没有运行中的 worker" in told["message"]
    assert "manage.py worker" in told["advice"]
    SyncRun.objects.update(status="running")
    assert staff.get(progress).json()["message"] == ""
