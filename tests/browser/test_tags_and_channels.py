"""Filter by tag and source, name a channel and find it again: in Chinese, by clicking."""

import csv

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from . import truth
from .list_page import in_the_middle

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"
CHANNELS = "/admin/followers/channel/"
FOLLOWERS = "/admin/followers/follower/"
PEOPLE = 3_000
# Rare enough for one page of the list.
TAG, SOURCE = "活动报名", "扫描二维码"
NAME, GROUP = "南京西路店", "华东门店"
CLOSE, SUBMIT = ".wx-close", "[data-submit]"
# Whether the focus is in the sheet, and on what a selector names.
WHERE = """
    const focused = document.activeElement;
    return [focused.closest("#filter-form") !== null, focused.matches(arguments[0])];
"""


def test_followers_are_filtered_and_a_channel_is_named(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    visitor.open(ACCOUNT)
    visitor.click("同步粉丝")
    visitor.see("成功")
    visitor.until(lambda: not visitor.texts("[data-progress=bar]"), "the page of a finished run")
    a_tag_and_a_source_are_chosen(stack, visitor)
    came = an_offered_scene_is_named(stack, visitor)
    the_name_filters_the_list(visitor, came)
    the_name_is_in_the_file(visitor, came)
    the_sheet_is_a_dialog_for_the_keyboard(visitor)
    days_of_leaving_are_for_those_who_left(visitor)


def a_tag_and_a_source_are_chosen(stack, visitor):
    having_tag = truth.tagged(stack, TAG)
    wanted = having_tag & truth.people(stack, subscribe_scene="ADD_SCENE_QR_CODE")
    assert 0 < len(wanted) < len(having_tag)
    having = "SELECT follower_id FROM followers_followertag JOIN followers_tag AS tag"
    having += f" ON tag.id = tag_id WHERE tag.name = '{TAG}'"
    assert wanted == truth.stored(
        stack, f"subscribe_scene = 'ADD_SCENE_QR_CODE' AND id IN ({having})"
    )
    visitor.open(FOLLOWERS)
    sheet = visitor.open_filters("筛选")
    sheet.find_element(By.CSS_SELECTOR, f"[data-tag='{TAG}'] [name=tags_all]").click()
    section(visitor, sheet, "来源与渠道")
    sheet.find_element(By.XPATH, f".//label[normalize-space(.)='{SOURCE}']").click()
    apply(visitor, sheet, len(wanted))
    assert conditions(visitor) == {f"标签：{TAG}", f"关注来源：{SOURCE}"}
    assert listed(visitor) == sorted(wanted)
    assert all(TAG in row and SOURCE in row for row in visitor.texts("#result_list tbody tr"))


def an_offered_scene_is_named(stack, visitor):
    """The least of those that are offered; gives those who came by it."""
    visitor.open(CHANNELS)
    row = visitor.driver.find_elements(By.CSS_SELECTOR, ".wx-naming tbody tr")[-1]
    scene, count = row.text.split()[:2]
    came = truth.people(stack, qr_scene=int(scene)) if scene.isdecimal() else set()
    came |= truth.people(stack, qr_scene_str=scene)
    assert count == str(len(came))
    row.find_element(By.NAME, "name").send_keys(NAME)
    row.find_element(By.NAME, "group").send_keys(GROUP)
    visitor.click("保存名称")
    visitor.see("已命名 1 个二维码场景值")
    assert scene not in visitor.texts(".wx-naming tbody td:first-child")
    assert visitor.texts("#result_list tbody th") == [scene]
    return came


def the_name_filters_the_list(visitor, came):
    visitor.open(FOLLOWERS)
    sheet = visitor.open_filters("筛选")
    section(visitor, sheet, "来源与渠道")
    picker = sheet.find_element(By.CSS_SELECTOR, "[data-name=scene]")
    picker.find_element(By.CSS_SELECTOR, "[data-part]").send_keys(NAME[:2])
    everything = visitor.find(By.XPATH, f"//*[@data-found]/label[contains(., '含“{NAME[:2]}”')]")
    assert everything.is_displayed()
    visitor.find(By.XPATH, f"//*[@data-found]/label[starts-with(., '{NAME}')]").click()
    apply(visitor, sheet, len(came))
    assert listed(visitor) == sorted(came)
    assert visitor.texts("#result_list .wx-channel bdi:first-child") == [NAME] * len(came)


def the_name_is_in_the_file(visitor, came):
    """Asked for in the bar's menu, for the rows that are ticked."""
    visitor.driver.find_element(By.ID, "action-toggle").click()
    visitor.find(By.CSS_SELECTOR, ".wx-doing details summary").click()
    visitor.find(By.NAME, "with_channels").click()
    visitor.click("导出为 CSV")
    with visitor.downloaded().open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[-2:] == ["渠道", "渠道分组"]
    assert {row[1]: row[-2:] for row in rows} == {openid: [NAME, GROUP] for openid in came}


def section(visitor, sheet, title):
    in_the_middle(visitor, sheet.find_element(By.XPATH, f".//summary[h3[.='{title}']]")).click()


def apply(visitor, sheet, count):
    """The button says how many the list will have."""
    button = sheet.find_element(By.CSS_SELECTOR, "[data-submit]")
    visitor.until(lambda: button.text == f"查看 {count} 位", f"{count} on the button")
    button.click()
    visitor.until(lambda: visitor.texts(".wx-chip"), "the filtered list")
    assert visitor.texts(".wx-meant-all") == [f"对全部 {count} 位"]


def the_sheet_is_a_dialog_for_the_keyboard(visitor):
    """Opened, left and sent by keys alone; Tab stays within it."""
    visitor.open(FOLLOWERS)
    opener = visitor.find(By.CSS_SELECTOR, "[aria-controls=changelist-filter]")
    visitor.until(lambda: visitor.at_rest(opener), "the list")
    opener.send_keys(Keys.ENTER)
    status = "[name=subscribed__exact]"
    visitor.until(lambda: visitor.driver.execute_script(WHERE, status)[1], "the focus within")
    press(visitor, Keys.ARROW_RIGHT)
    visitor.until(lambda: visitor.texts("[data-submit]") == ["没有符合的粉丝"], "the number")
    for keys, reached in ((Keys.TAB, CLOSE), (Keys.SHIFT + Keys.TAB, SUBMIT), (Keys.TAB, CLOSE)):
        press_until(visitor, keys, reached)
    press(visitor, Keys.ESCAPE)
    visitor.until(lambda: visitor.driver.switch_to.active_element == opener, "the opener again")


def press(visitor, keys):
    visitor.driver.switch_to.active_element.send_keys(keys)


def press_until(visitor, keys, selector):
    """The focus never leaves the sheet on its way."""
    for _ in range(200):
        press(visitor, keys)
        inside, reached = visitor.driver.execute_script(WHERE, selector)
        assert inside
        if reached:
            return
    raise AssertionError(f"{selector} was not reached")


def days_of_leaving_are_for_those_who_left(visitor):
    visitor.open(FOLLOWERS)
    sheet = visitor.open_filters("筛选")
    section(visitor, sheet, "时间")
    days = sheet.find_element(By.CSS_SELECTOR, "[data-days=unsubscribed_at]")
    last_week = days.find_element(By.XPATH, ".//label[normalize-space(.)='近 7 天']")
    in_the_middle(visitor, last_week).click()
    visitor.see("状态随之改为“已取消关注”")
    sheet.find_element(By.CSS_SELECTOR, "[data-submit]").click()
    visitor.until(lambda: "left_within=7d" in visitor.path, "the filtered list")
    assert visitor.path.endswith("?subscribed__exact=0&left_within=7d")


def conditions(visitor):
    return set(visitor.texts(".wx-chip bdi"))


def listed(visitor):
    """The openids of the rows, in alphabetical order."""
    return sorted(visitor.texts("#result_list code.wx-id"))
