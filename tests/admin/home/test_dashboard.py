"""The home page: what needs attention first, then accounts and syncs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from followers.accounts import usage
from followers.models import (
    ApiUsage,
    DailyFigures,
    EditRun,
    EditStep,
    OfficialAccount,
    Run,
    SyncRun,
    Worker,
)
from followers.rows.clock import from_now
from followers.sync.state import ListingState
from followers.wechat import paths

HOME = "/admin/"


def test_the_first_thing_to_do_is_to_add_an_account(admin_client):
    page = admin_client.get(HOME).text
    assert reverse("admin:followers_officialaccount_add") in page
    assert "请添加第一个公众号" in page


def test_staff_without_an_account_are_told_whom_to_ask(make_staff):
    page = make_staff(None, "view_officialaccount").get(HOME).text
    assert "请联系管理员添加" in page
    assert reverse("admin:followers_officialaccount_add") not in page


def test_all_is_well_and_nothing_asks_for_attention(staff, account, make_run):
    make_run(account, "succeeded", finished_at=timezone.now())
    assert "待处理" not in staff.get(HOME).text


def test_an_account_without_a_secret_asks_for_it(staff, account):
    account.app_secret = ""
    account.save()
    page = staff.get(HOME).text
    assert "填写 AppSecret" in page
    assert reverse("admin:followers_officialaccount_change", args=[account.pk]) in page


def test_a_wrong_secret_leads_to_the_account(make_staff, account, make_run):
    make_run(account, "failed", reason="api", error_code=40125)
    keeper = make_staff(account, "change_officialaccount", "view_syncrun")
    assert "检查 AppID 和 AppSecret" in keeper.get(HOME).text


def test_whoever_may_not_change_the_account_gets_no_such_button(staff, account, make_run):
    make_run(account, "failed", reason="api", error_code=40125)
    assert "检查 AppID 和 AppSecret" not in staff.get(HOME).text


def test_another_failure_offers_another_sync(staff, account, make_run):
    make_run(account, "failed", reason="loop")
    page = staff.get(HOME).text
    assert "重新同步" in page
    assert reverse("admin:followers_officialaccount_sync", args=[account.pk]) in page


def test_a_failure_that_was_overcome_is_forgotten(staff, account, make_run):
    make_run(account, "failed", reason="loop")
    make_run(account, "succeeded")
    assert "待处理" not in staff.get(HOME).text


def test_a_cancelled_run_says_how_far_it_came(staff, account, make_run):
    make_run(account, "cancelled", fetched=10_000, total=23_000, unchanged=10_000)
    page = staff.get("/admin/", headers={"accept-language": "en"}).text
    assert page.count("10,000 of 23,000 read") == 2


def test_a_decision_is_asked_for(staff, account, make_run):
    run = make_run(account, "review")
    page = staff.get(HOME).text
    assert "查看并确认" in page
    assert reverse("admin:followers_syncrun_change", args=[run.pk]) in page


def test_a_waiting_run_can_go_on_at_once(staff, account, make_run):
    run = make_run(account, "waiting", resume_at=timezone.now())
    assert reverse("admin:followers_syncrun_retry", args=[run.pk]) in staff.get(HOME).text


@pytest.fixture
def changed(account):
    """A change that has ended or waits: (account, status) → run."""

    def changed(status, account=account):
        times = dict.fromkeys(("created_at", "resume_at", "finished_at"), timezone.now())
        run = EditRun.objects.create(
            account=account, status=status, reason="api", error_code=48001, **times
        )
        EditStep.objects.create(run=run, position=0, action="block", targets=b"")
        return run

    return changed


@pytest.mark.parametrize("status", [Run.Status.FAILED, Run.Status.WAITING])
def test_a_change_that_failed_or_waits_is_named(admin_client, changed, status):
    run = changed(status)
    page = admin_client.get(HOME).text
    assert "待处理" in page
    assert "加入黑名单" in page
    assert reverse("admin:followers_editrun_change", args=[run.pk]) in page
    assert ("自动继续" in page) == (status == Run.Status.WAITING)


def test_a_change_that_failed_is_named_until_it_is_tried_again_or_undone(admin_client, changed):
    failed, partly = changed(Run.Status.FAILED), changed(Run.Status.SUCCEEDED)
    EditRun.objects.filter(pk=partly.pk).update(failed=3)
    later = changed(Run.Status.SUCCEEDED)
    assert admin_client.get(HOME).text.count("查看这项修改") == 2
    EditRun.objects.filter(pk=later.pk).update(retry_of=failed)
    assert admin_client.get(HOME).text.count("查看这项修改") == 1
    EditRun.objects.filter(pk=later.pk).update(undo_of=partly)
    assert "待处理" not in admin_client.get(HOME).text


def test_a_change_that_failed_long_ago_is_no_longer_named(admin_client, changed):
    failed = changed(Run.Status.FAILED)
    EditRun.objects.filter(pk=failed.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert "待处理" not in admin_client.get(HOME).text


def test_changes_are_named_to_those_who_may_see_them(staff, make_staff, account, foreign, changed):
    changed(Run.Status.FAILED)
    changed(Run.Status.FAILED, foreign)
    assert "查看这项修改" not in staff.get(HOME).text
    page = make_staff(account, "view_officialaccount", "block_followers").get(HOME).text
    assert page.count("查看这项修改") == 1


def test_foreign_accounts_and_runs_do_not_show(staff, account, foreign, make_run):
    make_run(foreign, "failed", reason="loop")
    page = staff.get(HOME).text
    assert foreign.name not in page
    assert "待处理" not in page


def test_onlookers_see_no_buttons(onlooker, account, make_run):
    make_run(account, "failed", reason="loop")
    page = onlooker.get(HOME).text
    assert 'action="/admin/followers/' not in page


def test_followers_are_counted_over_all_accounts(admin_client, account, foreign, make_followers):
    make_followers(account, 1200)
    make_followers(foreign, 34)
    make_followers(foreign, 5, subscribed=False)
    assert "2 个公众号，共 1,234 位粉丝" in admin_client.get(HOME).text


@pytest.mark.parametrize("number", [1, 40])
def test_statements_do_not_grow_with_the_accounts(
    admin_client, make_run, number, django_assert_max_num_queries
):
    for index in range(number):
        account = OfficialAccount.objects.create(name=str(index), app_id=f"wx{index:016x}")
        make_run(account, "failed", reason="loop")
    with django_assert_max_num_queries(30):
        admin_client.get(HOME)


def test_more_accounts_than_fit_are_counted(admin_client, db):
    OfficialAccount.objects.bulk_create(
        OfficialAccount(name=str(n), app_id=f"wx{n:016x}") for n in range(30)
    )
    assert "还有 6 个公众号" in admin_client.get(HOME).text


def test_a_missing_secret_is_named_once(staff, account, make_run):
    account.app_secret = ""
    account.save()
    make_run(account, "failed", reason="api", error_code=41004)
    page = staff.get(HOME).text
    assert page.count("wx-todo ") == 1
    assert "填写 AppSecret" in page


def test_the_demo_links_to_its_simulated_wechat(staff, settings):
    assert "模拟" not in staff.get(HOME).text
    settings.SANDBOX_URL = "http://127.0.0.1:8001/"
    page = staff.get(HOME).text
    assert 'href="http://127.0.0.1:8001/"' in page
    assert "门店公众号的两年历史都是虚构的。" in page


# --- What the latest syncs left for the next one ------------------------------------


def test_outstanding_details_are_for_the_next_day(staff, account, make_run, make_stage):
    run = make_run(account, "succeeded", outstanding=1800, finished_at=timezone.now())
    make_stage(run, "details")
    page = staff.get(HOME).text
    assert "还有 1,800 位粉丝的详情没有读取" in page
    assert "查看同步记录" in page
    SyncRun.objects.update(finished_at=timezone.now() - timezone.timedelta(days=1))
    assert "查看同步记录" not in staff.get(HOME).text


def test_who_could_not_be_asked_about_is_mentioned(staff, account, make_run):
    make_run(account, "succeeded", state=ListingState(unconfirmed=7), finished_at=timezone.now())
    page = staff.get(HOME).text
    assert "有 7 位粉丝不在名单中" in page
    assert "查看同步记录" not in page


def test_a_stage_that_the_account_may_not_call_stays_quiet(staff, account, make_run, make_stage):
    run = make_run(account, "succeeded", outstanding=1800)
    make_stage(run, "details", reason="api", error_code=48001)
    assert "待处理" not in staff.get(HOME).text


def test_what_a_later_run_has_made_good_is_forgotten(staff, account, make_run):
    make_run(account, "succeeded", state=ListingState(unconfirmed=7))
    make_run(account, "succeeded")
    assert "待处理" not in staff.get(HOME).text


def test_an_account_without_a_secret_offers_no_sync(staff, account):
    account.app_secret = ""
    account.save()
    assert (
        reverse("admin:followers_officialaccount_sync", args=[account.pk])
        not in staff.get(HOME).text
    )


def test_without_a_worker_the_first_card_says_so(staff, account, make_run):
    make_run(account, "review")
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    page = staff.get(HOME).text
    assert page.index("没有运行中的 worker") < page.index("查看并确认")
    assert "manage.py worker" in page


def test_superusers_see_what_each_worker_does(admin_client, staff, account, make_run):
    make_run(account, "running", lease_owner="host/1/2", lease_until=from_now(60))
    page = admin_client.get(HOME).text
    assert "host/1" in page
    assert "旗舰店 的同步记录 #" in page
    assert "host/1" not in staff.get(HOME).text


def test_a_worker_sends_a_change_or_waits(admin_client, changed):
    run = changed(Run.Status.RUNNING)
    assert "空闲" in admin_client.get(HOME).text
    EditRun.objects.update(lease_owner="host/1/2", lease_until=from_now(60))
    assert f"旗舰店 的修改 #{run.pk}" in admin_client.get(HOME).text
    assert "待处理" not in admin_client.get(HOME).text


def test_the_latest_syncs_are_those_of_the_account_that_is_shown(
    admin_client, account, foreign, make_run
):
    mine = [make_run(account, "succeeded") for _ in range(10)]
    theirs = [make_run(foreign, "succeeded") for _ in range(9)]

    def latest(**params):
        return [line["number"] for line in admin_client.get(HOME, params).context["latest"]]

    assert latest() == [f"#{run.pk}" for run in theirs[::-1][:8]]
    chosen = latest(account__id__exact=account.pk)
    assert chosen == [f"#{run.pk}" for run in mine[::-1][:8]]


def test_failures_among_the_latest_syncs_ask_for_nothing_after_a_success(staff, account, make_run):
    for status in ("failed", "failed", "succeeded", "cancelled"):
        make_run(account, status)
    page = staff.get(HOME)
    assert len(page.context["latest"]) == 4
    assert "待处理" not in page.text


def test_a_failure_that_is_tried_again_asks_for_nothing(staff, account, make_run):
    make_run(account, "failed", reason="loop")
    make_run(account, "running")
    assert "待处理" not in staff.get(HOME).text


def test_many_who_left_and_calls_that_run_short_are_told(staff, account):
    OfficialAccount.objects.update(following=100)
    DailyFigures.objects.create(
        account=account, day=timezone.localdate(), source="", scene="", left=50
    )
    ApiUsage.objects.create(
        account=account, day=usage.beijing_today(), path=paths.USER_GET, calls=499
    )
    page = staff.get(HOME).text
    assert "取消关注比新增多 50 人" in page
    assert "“获取粉丝名单”今天已用 499 / 500 次" in page
