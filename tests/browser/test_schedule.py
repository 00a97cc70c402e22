"""A schedule is set on the account's page in Chinese, and the run starts by itself."""

import sqlite3
from contextlib import closing

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"


def test_a_schedule_is_set_and_starts_by_itself(start):
    stack, visitor = start(300, "zh-CN")
    it_is_offered_after_the_first_sync(visitor)
    a_rhythm_has_its_own_fields(visitor)
    a_number_that_is_missing_is_said(visitor)
    the_next_time_is_shown(visitor)
    it_starts_by_itself(stack, visitor)


def it_is_offered_after_the_first_sync(visitor):
    visitor.open("/admin/")
    visitor.click("同步粉丝")
    visitor.button("查看粉丝")
    visitor.until(lambda: "成功" in visitor.text, "the sync's end")
    visitor.open(ACCOUNT)
    visitor.click("每天 03:00 自动同步")
    visitor.see("已保存。下次同步：")
    visitor.see("每天 03:00")


def choose(visitor, every):
    Select(visitor.find(By.NAME, "every")).select_by_visible_text(every)
    names = ("time", "weekday", "hours")
    return [visitor.driver.find_element(By.NAME, name).is_displayed() for name in names]


def a_rhythm_has_its_own_fields(visitor):
    visitor.click("修改定时")
    assert choose(visitor, "每天") == [True, False, False]
    assert choose(visitor, "每周") == [True, True, False]
    assert choose(visitor, "每 n 小时") == [False, False, True]


def a_number_that_is_missing_is_said(visitor):
    visitor.click("保存")
    visitor.see("请填写间隔小时数，1 到 168。")
    assert choose(visitor, "每 n 小时") == [False, False, True]


def the_next_time_is_shown(visitor):
    visitor.type("hours", "6")
    visitor.click("保存")
    visitor.see("每 6 小时")
    visitor.see("下次同步：")
    visitor.open("/admin/")
    visitor.see("下次同步：")


def it_starts_by_itself(stack, visitor):
    file = stack.directory / "demo.sqlite3"
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        database.execute("UPDATE followers_syncschedule SET next_at = '2026-01-01 00:00:00'")

    def latest():
        visitor.open("/admin/followers/syncrun/")
        return visitor.texts("#result_list .field-started_by")

    visitor.until(lambda: latest()[:1] == ["定时"], "a run")
    visitor.open("/admin/followers/syncrun/2/change/")
    visitor.see("由定时开始")
    visitor.see("成功")
    visitor.open(ACCOUNT)
    visitor.see("上次定时同步")
