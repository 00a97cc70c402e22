"""What the product is for, as a marketer does it: in a browser, with real processes behind it."""

import csv

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import truth

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"
FOLLOWERS = "/admin/followers/follower/"
PEOPLE = 23_000


def test_the_main_job_in_chinese(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    an_address_that_is_not_on_the_whitelist_is_shown(stack, visitor)
    # Slow enough to be watched on any machine.
    stack.sandbox("/sandbox/faults", name="slow", seconds=2, path="/cgi-bin/user/get")
    a_second_click_leads_to_the_same_run(visitor)
    the_figures_move_until_everybody_has_arrived(visitor)
    everybody_is_listed_and_one_person_is_found(visitor)
    nobody_is_among_those_who_left(visitor)
    the_file_has_a_row_for_everybody(visitor)


def an_address_that_is_not_on_the_whitelist_is_shown(stack, visitor):
    stack.sandbox("/sandbox/faults", name="40164")
    visitor.open(ACCOUNT)
    visitor.click("测试连接")
    visitor.see("203.0.113.7")
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/1/" in visitor.path, "the run's page")
    visitor.see("IP白名单”中添加 203.0.113.7")
    visitor.button("重新同步")
    stack.sandbox("/sandbox/reset")


def a_second_click_leads_to_the_same_run(visitor):
    """Two windows show the button; the one that comes second gets the run of the first."""
    visitor.open(ACCOUNT)
    visitor.new_tab(ACCOUNT)
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/2/" in visitor.path, "the run's page")
    visitor.close_tab()
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/2/" in visitor.path, "the same run's page")


def the_figures_move_until_everybody_has_arrived(visitor):
    seen = {"fetched": [], "percent": [], "title": []}

    def finished():
        note(seen["fetched"], visitor.texts("[data-progress=fetched]"))
        note(seen["percent"], visitor.texts("[data-progress=percent]"))
        note(seen["title"], [visitor.driver.title])
        return "成功" in visitor.text

    visitor.until(finished, "success", seconds=120)
    assert {"10,000", "20,000"} <= set(seen["fetched"])
    # Of the whole run, of which the list is two fifths.
    assert {"17%", "34%"} <= set(seen["percent"])
    assert any(title.startswith("17% · ") for title in seen["title"])
    shares = [int(text.rstrip("%")) for text in seen["percent"] if text]
    assert shares == sorted(shares), "the bar went back"
    visitor.until(lambda: not visitor.texts("[role=progressbar]"), "the page of a finished run")
    assert visitor.texts("[data-progress=added]") == ["23,000"]


def note(values, texts):
    """Keep a figure that has changed."""
    if texts and (not values or values[-1] != texts[0]):
        values.append(texts[0])


def everybody_is_listed_and_one_person_is_found(visitor):
    visitor.open(FOLLOWERS)
    visitor.see("正在关注 23,000")
    openid = visitor.texts("code.wx-id, .wx-id")[0]
    for searched, expected in ((openid, "正在关注 1"), (openid.swapcase(), "正在关注 0")):
        visitor.open(FOLLOWERS)
        visitor.type("q", searched + Keys.ENTER)
        visitor.until(lambda: "q=" in visitor.path, "the search")
        visitor.see(expected)


def nobody_is_among_those_who_left(visitor):
    visitor.open(FOLLOWERS)
    visitor.click("已取消关注")
    visitor.see("还没有人取消关注")
    visitor.click("正在关注")
    visitor.see("对全部 23,000 位")


def the_file_has_a_row_for_everybody(visitor):
    visitor.find(By.CSS_SELECTOR, ".wx-doing details summary").click()
    visitor.click("导出为 CSV")
    file = visitor.downloaded()
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = csv.reader(lines)
    assert len(header) == 14
    assert len({row[1] for row in rows}) == len(rows) == PEOPLE
    visitor.open("/admin/followers/exportlog/")
    visitor.see("23,000")


def test_differences_and_a_used_up_quota_in_english(start):
    stack, visitor = start(300, "en-US")
    sync_from_home(visitor, "300 first followers")
    leaving = truth.lines(stack, "/sandbox/followers")[:20]
    stack.sandbox("/sandbox/followers", leave=leaving, join=10)
    sync_from_home(visitor, "10 new, 20 unfollowed")
    # Others who return may have left before the first sync: to the mirror they are new.
    stack.sandbox("/sandbox/followers", **{"return": leaving[:3]})
    sync_from_home(visitor, "3 followed again")
    those_who_left_are_filtered(visitor)
    a_used_up_quota_is_waited_for_and_tried_at_a_click(stack, visitor)


def sync_from_home(visitor, result):
    visitor.open("/admin/")
    visitor.click("Sync followers")
    # The page of a finished run is another one; leaving before it has come would be undone by it.
    visitor.button("View the followers")
    visitor.open("/admin/")
    visitor.see(result)


def those_who_left_are_filtered(visitor):
    visitor.open(FOLLOWERS)
    visitor.see("Following 293")
    visitor.click("Unfollowed 17")
    visitor.see("For all 17 followers")


def a_used_up_quota_is_waited_for_and_tried_at_a_click(stack, visitor):
    stack.sandbox("/sandbox/faults", name="45009")
    visitor.open(ACCOUNT)
    visitor.click("Sync followers")
    visitor.see("it goes on after midnight, Beijing time")
    stack.sandbox("/sandbox/reset")
    visitor.click("Retry now")
    visitor.button("View the followers")
