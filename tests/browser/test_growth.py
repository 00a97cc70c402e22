"""People come and go, and the next morning's home page says so; by clicking, in Chinese."""

import sqlite3
from contextlib import closing

import pytest
from selenium.webdriver.common.by import By

from . import truth

pytestmark = [pytest.mark.browser, pytest.mark.worker]

PEOPLE, JOINING = 300, 7
# All moments that figures are counted from, by table.
MOMENTS = {
    "followers_subscription": (
        *("began_at", "began_after", "ended_at", "ended_after", "ended_before"),
    ),
    "followers_follower": ("first_seen_at", "unsubscribed_at", "subscribe_time", "status_as_of"),
    "followers_officialaccount": ("baseline_at", "listed_at"),
    "followers_syncstage": ("walk_started_at",),
}
TILES = """
    return [...document.querySelectorAll(".wx-day article")].map((it) =>
        [it.querySelector("h3").textContent, it.querySelector(".wx-count").textContent.trim()]);
"""


def test_the_next_morning_says_who_came_and_left(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    growth_begins_with_the_first_sync(visitor)
    sync(visitor)
    leaving = sorted(truth.stored(stack, "subscribed"))[:3]
    stack.sandbox("/sandbox/followers", leave=leaving, join=JOINING)
    sync(visitor)
    today_is_not_complete(visitor)
    a_day_passes(stack)
    yesterday_s_numbers_stand_on_top(visitor)
    a_number_opens_its_people(stack, visitor, leaving)
    a_note_stands_in_the_chart(visitor)
    the_choice_of_an_account_stays(stack, visitor)


def sync(visitor):
    visitor.open("/admin/")
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/" in visitor.path, "the run's page")
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "the end")


def growth_begins_with_the_first_sync(visitor):
    visitor.see("首次同步后开始统计增长")


def today_is_not_complete(visitor):
    visitor.open("/admin/growth/?period=7d")
    visitor.unfold("查看表格")
    newest = visitor.texts(".wx-numbers tbody tr")[0]
    assert f" {JOINING} 3 {JOINING - 3} {PEOPLE + JOINING - 3} 不完整" in newest


def a_day_passes(stack):
    """The clock cannot be moved, so the past is: its figures are then counted anew."""
    file = stack.directory / "demo.sqlite3"
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        for table, columns in MOMENTS.items():
            moved = (f"{it} = strftime('%Y-%m-%d %H:%M:%f', {it}, '-1 day')" for it in columns)
            database.execute(f"UPDATE {table} SET {', '.join(moved)}")
        anew = "statistics_zone = '', statistics_checked_at = NULL"
        database.execute(f"UPDATE followers_officialaccount SET {anew}")


def yesterday_s_numbers_stand_on_top(visitor):
    def tiles():
        visitor.open("/admin/")
        return dict(visitor.driver.execute_script(TILES))

    expected = {
        "新增人数": str(JOINING),
        "取消关注人数": "3",
        "净增人数": f"+{JOINING - 3}",
        "累积人数": str(PEOPLE + JOINING - 3),
    }
    visitor.until(lambda: tiles() == expected, "yesterday's numbers")
    visitor.see("昨日数据：不完整。")
    visitor.see("数据截至")
    assert visitor.driver.find_elements(By.CSS_SELECTOR, "canvas[data-chart]")


def a_number_opens_its_people(stack, visitor, leaving):
    visitor.open("/admin/")
    visitor.find(By.XPATH, "//article[h3='取消关注人数']//a").click()
    visitor.see("期间取消关注")
    assert set(visitor.texts("#result_list .wx-id")) == set(leaving)
    assert truth.stored(stack, "NOT subscribed") == set(leaving)


def a_note_stands_in_the_chart(visitor):
    visitor.open("/admin/growth/?period=7d")
    visitor.find(By.NAME, "text").send_keys("群发：春茶")
    visitor.click("添加标注")
    visitor.see("的标注。")
    assert visitor.texts(".wx-daynotes li > span > bdi") == ["群发：春茶"]
    visitor.see("群发：春茶")


def the_choice_of_an_account_stays(stack, visitor):
    visitor.open("/admin/")
    visitor.find(By.CSS_SELECTOR, "button.wx-menu").click()
    choice = "//form[contains(@class, 'wx-accounts')]//button[contains(., '演示公众号')]"
    visitor.find(By.XPATH, choice).click()
    # The address is that of before: what is kept is seen in the name above the menu.
    visitor.until(lambda: "演示公众号" in chosen(visitor), "the choice")
    visitor.driver.delete_all_cookies()
    visitor.log_in("admin", stack.password)
    visitor.open("/admin/growth/hours/")
    assert "演示公众号" in chosen(visitor)


def chosen(visitor):
    return visitor.find(By.CSS_SELECTOR, "button.wx-menu").text
