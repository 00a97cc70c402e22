"""The schedule on an account's page: offered, set, changed, and shown."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from followers.models import SyncRun, SyncSchedule
from followers.rows.clock import db_now
from followers.schedules.starting import plan

EVERYTHING = ["listing", "tags", "blacklist", "details"]


def address(name, account):
    return reverse(f"admin:followers_officialaccount_{name}", args=[account.pk])


def page_of(client, account):
    return client.get(address("change", account)).text


def form(**values):
    return {"every": "day", "time": "04:30", "stages": EVERYTHING} | values


@pytest.fixture
def schedule(account):
    return SyncSchedule.objects.create(
        account=account, time=time(3), next_at=db_now() + timedelta(hours=1)
    )


def test_it_is_offered_when_the_first_sync_has_succeeded(staff, account, make_run):
    assert "每天 03:00 自动同步" not in page_of(staff, account)
    run = make_run(account, "running")
    assert "每天 03:00 自动同步" not in page_of(staff, account)
    SyncRun.objects.filter(pk=run.pk).update(status="succeeded")
    assert "每天 03:00 自动同步" in page_of(staff, account)
    page = staff.post(address("offer", account), {"answer": "yes"}, follow=True).text
    assert "已保存。下次同步：" in page
    assert "每天 03:00 自动同步" not in page
    row = SyncSchedule.objects.get()
    local = timezone.localtime(row.next_at)
    assert (row.every, local.hour, local.minute) == ("day", 3, 0)


def test_no_thank_you_is_not_asked_again(staff, account, make_run):
    make_run(account, "succeeded")
    page = staff.post(address("offer", account), {"answer": "no"}, follow=True).text
    assert "每天 03:00 自动同步" not in page
    assert "已暂停" in page
    assert SyncSchedule.objects.get().next_at is None


def test_two_first_schedules_at_once_are_one(staff, account):
    """Both have looked before either has stored."""
    first, second = (SyncSchedule(account=account, time=time(hour)) for hour in (3, 4))
    plan(first)
    plan(second)
    assert [row.time for row in SyncSchedule.objects.all()] == [time(4)]


def test_two_answers_at_once_keep_the_first(staff, account, schedule):
    staff.post(address("offer", account), {"answer": "no"})
    assert SyncSchedule.objects.get().next_at == schedule.next_at


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("day", time(4, 30), None, None, [])),
        ({"weekday": "3", "hours": "5"}, ("day", time(4, 30), None, None, [])),
        ({"every": "week", "weekday": "6"}, ("week", time(4, 30), 6, None, [])),
        ({"every": "hours", "hours": "6", "time": ""}, ("hours", None, None, 6, [])),
        ({"every": "hours", "hours": "6", "time": "x"}, ("hours", None, None, 6, [])),
        ({"stages": ["tags"]}, ("day", time(4, 30), None, None, ["tags"])),
    ],
)
def test_it_is_set(staff, account, values, expected):
    response = staff.post(address("schedule", account), form(**values))
    assert response.status_code == 302
    row = SyncSchedule.objects.get()
    assert (row.every, row.time, row.weekday, row.hours, row.stages) == expected
    assert row.next_at > db_now()
    assert f"下次同步：{timezone.localtime(row.next_at):%Y-%m-%d %H:%M}" in page_of(staff, account)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"time": ""}, "请填写时间。"),
        ({"every": "week", "weekday": ""}, "请选择星期。"),
        ({"every": "hours", "hours": ""}, "请填写间隔小时数"),
        ({"every": "hours", "hours": "169"}, "168"),
        ({"every": "week", "weekday": "7"}, "7"),
        ({"stages": []}, "请选择要同步的内容。"),
        ({"details_from": "01:00"}, "请同时填写两个时间，或都留空。"),
        ({"details_from": "04:30", "details_until": "04:30"}, "这个时段是空的"),
        ({"details_from": "05:00", "details_until": "07:00"}, "04:30 的同步永远不会读取详情"),
        ({"details_from": "22:00", "details_until": "04:30"}, "04:30 的同步永远不会读取详情"),
        ({"every": "year"}, "year"),
    ],
)
def test_what_is_missing_is_said_and_nothing_changes(staff, account, values, sentence):
    response = staff.post(address("schedule", account), form(**values))
    assert response.status_code == 200
    assert sentence in response.text
    assert not SyncSchedule.objects.exists()


def test_it_is_paused_and_goes_on(staff, account, schedule):
    staff.post(address("schedule", account), form(paused="on"))
    assert SyncSchedule.objects.get().next_at is None
    hours = {"details_from": "01:00", "details_until": "05:00"}
    assert staff.post(address("schedule", account), form(**hours)).status_code == 302
    row = SyncSchedule.objects.get()
    assert (row.details_from, row.details_until) == (time(1), time(5))
    assert row.next_at
    page = staff.get(address("schedule", account)).text
    assert 'value="01:00"' in page


def test_why_nothing_was_started_is_said(staff, account, schedule):
    SyncSchedule.objects.update(skipped_at=db_now(), skipped_reason="permission")
    page = page_of(staff, account)
    assert "没有开始同步：上次同步表明，微信不允许该公众号调用接口。" in page
    assert "请手动同步一次" in page


def test_what_a_sync_has_mended_is_no_longer_said(staff, account, schedule, make_run):
    SyncSchedule.objects.update(skipped_at=db_now(), skipped_reason="permission")
    make_run(account, "succeeded", finished_at=db_now())
    assert "没有开始同步" not in page_of(staff, account)


def test_a_scheduled_sync_is_told_from_others(staff, account, schedule, make_run):
    run = make_run(account, "succeeded", due_at=db_now())
    assert "上次定时同步" in page_of(staff, account)
    assert "由定时开始" in staff.get(reverse("admin:followers_syncrun_change", args=[run.pk])).text
    assert ">定时<" in staff.get(reverse("admin:followers_syncrun_changelist")).text
    assert '<td class="wx-optional">定时</td>' in staff.get("/admin/").text


def test_home_and_the_list_say_when_it_is_due(staff, account, schedule):
    at = f"{timezone.localtime(schedule.next_at):%Y-%m-%d %H:%M}"
    assert f"下次同步：{at}" in staff.get("/admin/").text
    assert at in staff.get(reverse("admin:followers_officialaccount_changelist")).text


def test_whoever_may_not_sync_sees_it_only(onlooker, account, schedule):
    page = page_of(onlooker, account)
    assert "下次同步：" in page
    assert address("schedule", account) not in page
    assert onlooker.get(address("schedule", account)).status_code == 403
    assert onlooker.post(address("schedule", account), form()).status_code == 403
    assert onlooker.post(address("offer", account), {"answer": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["schedule", "offer"])
def test_other_accounts_are_not_found(staff, foreign, name):
    assert staff.post(address(name, foreign), form()).status_code == 404
    assert not SyncSchedule.objects.exists()
