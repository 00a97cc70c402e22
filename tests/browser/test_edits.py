"""Followers are tagged, remarked on and blocked by somebody who only has a browser."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

pytestmark = [pytest.mark.browser, pytest.mark.worker]

FOLLOWERS = "/admin/followers/follower/"
FILTERED = f"{FOLLOWERS}?subscribed__exact=1"
TAGS = "/admin/followers/tag/"
PEOPLE = 5_000


def test_followers_are_changed_in_chinese(start):
    _stack, visitor = start(PEOPLE, "zh-CN")
    visitor.open("/admin/")
    visitor.click("同步粉丝")
    visitor.button("查看粉丝")
    visitor.until(lambda: "成功" in visitor.text, "the sync's end")
    a_tag_is_created(visitor)
    number = everybody_of_a_filter_is_tagged(visitor)
    and_that_is_undone(visitor, number)
    a_remark_that_is_too_long_is_counted_and_a_short_one_saved(visitor)
    a_follower_is_blocked_and_unblocked(visitor)


def ended(visitor):
    """The page of a change shows its end by itself."""
    visitor.until(lambda: "/editrun/" in visitor.path, "the page of the change")
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "its end", 180)


def a_tag_is_created(visitor):
    visitor.open(TAGS)
    visitor.type("name", "春季活动")
    visitor.see("还可输入 18 字节")
    visitor.click("新建标签")
    ended(visitor)


def everybody_of_a_filter_is_tagged(visitor):
    visitor.open(FILTERED)
    visitor.see("5,000 名粉丝")
    visitor.click("打标签")
    Select(visitor.driver.find_element(By.ID, "edit-tag")).select_by_visible_text("春季活动")
    visitor.click("查看影响范围")
    visitor.see("将会修改")
    selected, changing, skipped = figures(visitor.texts(".wx-tile b"))
    assert selected == changing + skipped == PEOPLE
    # Those on the blacklist cannot be tagged; they are few.
    assert changing > 4_500
    visitor.click(f"确认，修改 {changing:,} 名粉丝")
    ended(visitor)
    assert figures(visitor.texts("[data-progress=done]")) == [changing]
    tagged(visitor, changing)
    return changing


def figures(texts):
    return [int(text.replace(",", "")) for text in texts]


def tagged(visitor, number):
    """The tag's page says how many have it."""
    run = visitor.path
    visitor.open(TAGS)
    # An empty tag is far down, where the page's foot covers it.
    visitor.driver.get(visitor.button("春季活动").get_attribute("href"))
    visitor.driver.find_element(By.CSS_SELECTOR, ".wx-count a").click()
    visitor.see(f"{number:,} 名粉丝")
    visitor.open(run)


def and_that_is_undone(visitor, number):
    visitor.click("撤销")
    visitor.see(f"撤销对 {number:,} 名粉丝的修改？")
    before = visitor.path
    visitor.driver.find_element(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: visitor.path != before, "the page of the undoing")
    ended(visitor)
    assert figures(visitor.texts("[data-progress=done]")) == [number]
    tagged(visitor, 0)


def a_remark_that_is_too_long_is_counted_and_a_short_one_saved(visitor):
    visitor.open(FILTERED)
    visitor.driver.find_element(By.CSS_SELECTOR, "#result_list .wx-name").click()
    visitor.unfold("修改备注名")
    visitor.type("text", "十一个汉字的备注名太长")
    visitor.see("超出 3 字节")
    visitor.click("保存备注名")
    # The browser itself keeps the form back.
    assert visitor.texts(".wx-over") == ["超出 3 字节"]
    visitor.type("text", "老客户")
    visitor.see("还可输入 21 字节")
    visitor.click("保存备注名")
    visitor.until(lambda: "老客户" in visitor.texts(".wx-person bdi"), "the new remark")


def a_follower_is_blocked_and_unblocked(visitor):
    visitor.click("加入黑名单")
    visitor.driver.find_element(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: "在黑名单中" in labels(visitor), "blocked")
    visitor.click("移出黑名单")
    visitor.until(lambda: "在黑名单中" not in labels(visitor), "unblocked")
    visitor.button("加入黑名单")


def labels(visitor):
    return visitor.texts(".wx-person .wx-label")
