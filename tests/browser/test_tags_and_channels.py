"""Filter by tag and source, name a channel and find it again: in Chinese, by clicking."""

import csv

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from . import truth

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"
CHANNELS = "/admin/followers/channel/"
FOLLOWERS = "/admin/followers/follower/"
PEOPLE = 3_000
# Rare enough for one page of the list.
TAG, SOURCE = "活动报名", "扫描二维码"
NAME, GROUP = "南京西路店", "华东门店"


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
    sheet = opened_sheet(visitor)
    sheet.find_element(By.XPATH, f".//label[normalize-space(.)='{TAG}']").click()
    choose(sheet, "subscribe_scene__exact", SOURCE)
    apply(visitor, len(wanted))
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
    sheet = opened_sheet(visitor)
    sheet.find_element(By.NAME, "scene").send_keys(NAME + Keys.TAB)
    apply(visitor, len(came))
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


def opened_sheet(visitor):
    visitor.click("筛选")
    sheet = visitor.driver.find_element(By.ID, "filter-form")
    visitor.until(sheet.is_displayed, "the sheet of filters")
    return sheet


def choose(sheet, name, text):
    Select(sheet.find_element(By.NAME, name)).select_by_visible_text(text)


def apply(visitor, count):
    visitor.click("应用")
    visitor.until(lambda: visitor.texts(".wx-chip"), "the filtered list")
    assert visitor.texts(".wx-meant-all") == [f"对全部 {count} 位"]


def conditions(visitor):
    return set(visitor.texts(".wx-chip bdi"))


def listed(visitor):
    """The openids of the rows, in alphabetical order."""
    return sorted(visitor.texts("#result_list code.wx-id"))
