"""Filter, keep as a segment (人群), change and export: with the mouse, on a phone, by keyboard."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from . import truth
from .keyboard import go_to, has_focus, press
from .list_page import (
    SUBMIT,
    downloaded,
    ended,
    fits,
    in_the_middle,
    in_the_sidebar,
    listed,
    number_in_sheet,
    save_as,
    view,
    write_note,
)

pytestmark = [pytest.mark.browser, pytest.mark.worker]

FOLLOWERS = "/admin/followers/follower/"
PEOPLE = 3_000
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
TAGGING = "/cgi-bin/tags/members/batchtagging"
# What the segment asks for, and what its people get.
ANY, SOURCE, SEGMENT = ("VIP会员", "上海"), "扫描二维码", "扫码来的意向客户"
NEW_TAG, NOTE, LATER_NOTE = "国庆到店", "十月回访", "十一月回访"
LIST, LISTED_TAG = "展会名单", "展会客户"
FOUND, UNKNOWN, REPEATED = 1_880, 70, 50
PHONE_TAG, PHONE_SEGMENT, PHONE_NOTE = "活动报名", "报名的人", "手机上写的"
KEYS_TAG, KEYS_SEGMENT, KEYS_NEW_TAG = "已购买", "买过的人", "答谢会"
FILTERS = "#changelist-filter-open"
START = "[name=nonce] ~ button"


def test_whoever_is_filtered_is_kept_changed_and_exported(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    visitor.open("/admin/followers/officialaccount/1/change/")
    visitor.click("同步粉丝")
    visitor.see("成功")
    visitor.until(lambda: not visitor.texts("[data-progress=bar]"), "the page of a finished run")
    wanted = people_of_a_segment(stack)
    a_filter_is_kept_as_a_segment(visitor, wanted)
    its_people_get_a_new_tag(stack, visitor, wanted)
    their_notes_are_overwritten_and_that_is_told(stack, visitor, wanted)
    the_segment_is_exported(stack, visitor, wanted)
    pasted = two_thousand_ids_become_a_list(stack, visitor)
    the_list_tells_which_were_found(visitor, pasted)
    a_change_reaches_the_list(stack, visitor, pasted)
    by_keys_alone(stack, visitor)
    on_a_phone(stack, visitor)


# --- Filter, segment, tag, export -----------------------------------------------------------------


def people_of_a_segment(stack):
    tagged = set.union(*(truth.tagged(stack, name) for name in ANY))
    wanted = tagged & truth.people(stack, subscribe_scene="ADD_SCENE_QR_CODE")
    assert 10 < len(wanted) < len(tagged)
    return wanted


def a_filter_is_kept_as_a_segment(visitor, wanted):
    visitor.open(FOLLOWERS)
    sheet = visitor.open_filters("筛选")
    visitor.until(lambda: number_in_sheet(visitor) == f"查看 {PEOPLE:,} 位", "everybody's number")
    for name in ANY:
        sheet.find_element(By.CSS_SELECTOR, f"[data-tag='{name}'] [name=tags_any]").click()
    section = sheet.find_element(By.XPATH, ".//summary[h3[.='来源与渠道']]")
    in_the_middle(visitor, section).click()
    source = sheet.find_element(By.XPATH, f".//label[normalize-space(.)='{SOURCE}']")
    in_the_middle(visitor, source).click()
    view(visitor, len(wanted))
    save_as(visitor, SEGMENT)
    visitor.open("/admin/")
    in_the_sidebar(visitor, SEGMENT)
    assert visitor.texts(".wx-meant-all") == [f"对全部 {len(wanted)} 位"]
    assert f"人群：{SEGMENT}" in visitor.texts(".wx-chip bdi")


def its_people_get_a_new_tag(stack, visitor, wanted):
    """The tag is made in the dialogue; on the list again, a bar tells how far it is."""
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    stack.sandbox("/sandbox/faults", name="slow", seconds=1, path=TAGGING)
    before = visitor.path
    visitor.click("打标签")
    visitor.see(f"为 {len(wanted)} 位粉丝打标签")
    visitor.find(By.NAME, "new_tag").send_keys(NEW_TAG)
    visitor.click("查看影响范围")
    visitor.see("新标签，先创建")
    visitor.click(f"确认，修改 {len(wanted - blocked):,} 位粉丝")
    card = ".wx-startedrun [data-progress=summary]"
    visitor.until(lambda: "".join(visitor.texts(card)), "the live bar")
    assert visitor.path == before
    stack.sandbox("/sandbox/faults", method="DELETE")
    ended(visitor, f"“{NEW_TAG}”")
    assert visitor.path == before
    having = truth.tagged(stack, NEW_TAG)
    assert having == truth.stored_with_tag(stack, NEW_TAG) == wanted - blocked


def their_notes_are_overwritten_and_that_is_told(stack, visitor, wanted):
    for text, known in ((NOTE, 0), (LATER_NOTE, len(wanted))):
        write_note(visitor, text)
        rows = visitor.texts(".wx-overwritten tbody tr")
        assert len(rows) == min(known, 10)
        assert all(NOTE in row and LATER_NOTE in row for row in rows)
        assert visitor.texts(".wx-notice") == overwritten(known)
        visitor.click(f"确认，修改 {len(wanted)} 位粉丝")
        visitor.until(lambda: "nonce" not in visitor.driver.page_source, "the list")
        ended(visitor, text)
        assert truth.stored(stack, f"note = '{text}'") == wanted


def overwritten(number):
    return [f"其中 {number} 位已有别的内部备注，将被覆盖。"] if number else []


def the_segment_is_exported(stack, visitor, wanted):
    visitor.find(By.CSS_SELECTOR, ".wx-doing details summary").click()
    visitor.find(By.NAME, "with_notes").click()
    visitor.click("导出为 CSV")
    _header, *rows = downloaded(visitor)
    assert {row[1] for row in rows} == wanted
    assert len(rows) == len(wanted)
    having = {row[1] for row in rows if NEW_TAG in row[5].split(";")}
    assert having == truth.tagged(stack, NEW_TAG)
    assert {row[-1] for row in rows} == {LATER_NOTE}


# --- Two thousand pasted ids ----------------------------------------------------------------------


def two_thousand_ids_become_a_list(stack, visitor):
    """Gives the ids in the order in which they were pasted, each once."""
    known = truth.lines(stack, "/sandbox/followers")[:FOUND]
    ids = [*(f"oNobody{number:03}" for number in range(UNKNOWN)), *known]
    visitor.open(FOLLOWERS)
    visitor.click("content_paste 粘贴 ID")
    field = visitor.find(By.ID, "paste-ids")
    paste = "arguments[0].value = arguments[1]"
    visitor.driver.execute_script(paste, field, "\n".join([*ids, *known[:REPEATED]]))
    visitor.type("name", LIST)
    visitor.click("保存名单并打开")
    visitor.see(f"共 {FOUND + UNKNOWN:,} 个 ID，找到 {FOUND:,} 个，未找到 {UNKNOWN} 个。")
    visitor.see(f"重复 {REPEATED} 个。")
    assert visitor.texts(".wx-meant-all") == [f"对全部 {FOUND:,} 位"]
    assert len(visitor.driver.current_url) < 150
    return ids


def the_list_tells_which_were_found(visitor, pasted):
    visitor.click("查看哪些 ID 找到了")
    visitor.until(lambda: visitor.texts(".wx-pasted h3"), "the segment's page")
    assert visitor.texts(".wx-pasted h3 .wx-sub") == [f"{UNKNOWN}", f"{FOUND:,}"]
    assert visitor.texts(".wx-pasted div:first-child code") == pasted[:20]
    visitor.click("download 导出查找结果（CSV）")
    _header, *rows = downloaded(visitor)
    assert [row[0] for row in rows] == pasted
    assert [row[2] for row in rows] == [*[""] * UNKNOWN, *pasted[UNKNOWN:]]
    visitor.click("打开列表")
    listed(visitor, FOUND)


def a_change_reaches_the_list(stack, visitor, pasted):
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    meant = set(pasted[UNKNOWN:]) - blocked
    visitor.click("打标签")
    visitor.find(By.NAME, "new_tag").send_keys(LISTED_TAG)
    visitor.click("查看影响范围")
    visitor.click(f"确认，修改 {len(meant):,} 位粉丝")
    visitor.until(lambda: visitor.texts(".wx-startedrun, .wx-meant-all"), "the list")
    ended(visitor, f"“{LISTED_TAG}”")
    assert truth.tagged(stack, LISTED_TAG) == meant


# --- By keyboard alone ----------------------------------------------------------------------------


def by_keys_alone(stack, visitor):
    """Filter, keep, tag: Tab, Enter, Space and Escape."""
    wanted = truth.tagged(stack, KEYS_TAG)
    visitor.open(FOLLOWERS)
    go_to(visitor, ".wx-skip")
    press(visitor, Keys.ENTER)
    go_to(visitor, FILTERS)
    press(visitor, Keys.ENTER)
    within = "#filter-form [type=radio]"
    visitor.until(lambda: has_focus(visitor, within), "the focus within")
    go_to(visitor, f"[data-tag='{KEYS_TAG}'] [name=tags_any]", 120)
    press(visitor, Keys.SPACE)
    # What is chosen stays chosen when the sheet is left.
    press(visitor, Keys.ESCAPE)
    visitor.until(lambda: has_focus(visitor, FILTERS), "the opener again")
    press(visitor, Keys.ENTER)
    visitor.until(lambda: has_focus(visitor, within), "the focus within")
    number = f"查看 {len(wanted)} 位"
    visitor.until(lambda: number_in_sheet(visitor) == number, "the number")
    go_to(visitor, SUBMIT, 200)
    press(visitor, Keys.ENTER)
    listed(visitor, len(wanted))
    by_keys_a_segment_is_kept(visitor)
    by_keys_its_people_are_tagged(stack, visitor, wanted)


def by_keys_a_segment_is_kept(visitor):
    go_to(visitor, ".wx-skip")
    press(visitor, Keys.ENTER)
    go_to(visitor, ".wx-segmentbar summary")
    press(visitor, Keys.ENTER)
    visitor.until(lambda: has_focus(visitor, "#new-segment"), "the field of the open form")
    press(visitor, KEYS_SEGMENT, Keys.ENTER)
    visitor.see(f"已存为人群“{KEYS_SEGMENT}”。")


def by_keys_its_people_are_tagged(stack, visitor, wanted):
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    go_to(visitor, "[value=edit_tag]")
    press(visitor, Keys.ENTER)
    visitor.find(By.NAME, "new_tag")
    go_to(visitor, ".wx-skip")
    press(visitor, Keys.ENTER)
    go_to(visitor, "[name=new_tag]")
    press(visitor, KEYS_NEW_TAG, Keys.ENTER)
    visitor.find(By.NAME, "nonce")
    go_to(visitor, ".wx-skip")
    press(visitor, Keys.ENTER)
    go_to(visitor, START)
    press(visitor, Keys.ENTER)
    visitor.until(lambda: "segment=" in visitor.path and visitor.texts(".wx-meant-all"), "the list")
    ended(visitor, f"“{KEYS_NEW_TAG}”")
    assert truth.tagged(stack, KEYS_NEW_TAG) == wanted - blocked


# --- On a phone -----------------------------------------------------------------------------------


def on_a_phone(stack, visitor):
    wanted = truth.tagged(stack, PHONE_TAG)
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    visitor.open(FOLLOWERS)
    fits(visitor, "#main")
    rows = visitor.driver.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")
    assert max(row.size["height"] for row in rows) <= 68
    visitor.driver.execute_script("scrollTo(0, 0)")
    sheet = visitor.open_filters("筛选")
    box = sheet.find_element(By.CSS_SELECTOR, f"[data-tag='{PHONE_TAG}'] [name=tags_any]")
    in_the_middle(visitor, box).click()
    fits(visitor, "#filter-form")
    view(visitor, len(wanted))
    visitor.unfold("存为人群")
    fits(visitor, ".wx-segmentbar")
    visitor.driver.refresh()
    save_as(visitor, PHONE_SEGMENT)
    fits(visitor, "#main")
    ticked = on_a_phone_two_are_ticked(stack, visitor)
    # The bar has room for one of its buttons there.
    visitor.find(By.CSS_SELECTOR, ".wx-doing details:last-of-type summary").click()
    write_note(visitor, PHONE_NOTE)
    fits(visitor, "#main")
    visitor.click("确认，修改 2 位粉丝")
    visitor.until(lambda: "segment=" in visitor.path and visitor.texts(".wx-meant-all"), "the list")
    ended(visitor, PHONE_NOTE)
    fits(visitor, "#main")
    assert truth.stored(stack, f"note = '{PHONE_NOTE}'") == ticked


def on_a_phone_two_are_ticked(stack, visitor):
    visitor.driver.execute_script("scrollTo(0, 0)")
    boxes = visitor.driver.find_elements(By.CSS_SELECTOR, ".action-select")[:2]
    for box in boxes:
        box.click()
    visitor.until(lambda: visitor.texts(".wx-meant-ticked") == ["已选 2 位"], "the number")
    fits(visitor, "#main")
    keys = ",".join(box.get_attribute("value") for box in boxes)
    return truth.stored(stack, f"id IN ({keys})")
