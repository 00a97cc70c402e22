"""What the pages say is what they do: by clicking, on a wide screen and a narrow one."""

import csv

import pytest
from selenium.webdriver.common.by import By

from . import truth
from .axe import DARK

pytestmark = [pytest.mark.browser, pytest.mark.worker]

ACCOUNT = "/admin/followers/officialaccount/1/change/"
FOLLOWERS = "/admin/followers/follower/"
CHANNELS = "/admin/followers/channel/"
CHANGES = "/admin/followers/editrun/"
RUNS = "/admin/followers/syncrun/"
PEOPLE, LEAVING = 1_200, 400
TAG_PATH = "/cgi-bin/tags/members/batchtagging"
# Before any script of a page.
COLLECT = "window.thrown = []; addEventListener('error', (e) => thrown.push(e.message));"
PLACES = """
    return [...document.querySelectorAll(arguments[0])].map((it) => {
        const box = it.getBoundingClientRect();
        return [Math.round(box.left), Math.round(box.top + scrollY)];
    });
"""
COVERED = """
    const row = [...document.querySelectorAll("#result_list tbody tr")].at(-1);
    scrollTo(0, document.documentElement.scrollHeight);
    const bar = document.querySelector(".wx-actionbar").getBoundingClientRect();
    const box = row.getBoundingClientRect();
    return Math.round(Math.max(box.bottom - innerHeight, bar.bottom - box.top));
"""
# None of the sandbox.
TAG = "八月展会"
OUR_SCRIPT = "*followers/followers*.js*"
NARROW = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


def test_the_pages_say_what_they_do(start):
    """One story of one account: each step leaves to the next what it needs."""
    stack, visitor = start(PEOPLE, "zh-CN")
    visitor.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COLLECT})
    start_sync(visitor)
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "the end")
    visitor.see("初始粉丝")
    nothing_is_thrown_when_a_file_is_chosen(stack, visitor)
    the_buttons_stay_where_they_are(visitor)
    the_buttons_are_for_the_ticked(visitor)
    as_they_are_without_our_script(visitor)
    no_bar_covers_the_last_row(visitor)
    openid = a_form_hangs_below_its_row(visitor)
    the_steps_of_an_import_move(stack, visitor, openid)
    what_is_overwritten_is_told(visitor)
    an_undone_change_says_so(visitor, openid)
    dark_boxes_are_dark(visitor)
    a_cancelled_run_stands_still(stack, visitor)
    a_review_recommends_what_the_evidence_says(stack, visitor)
    a_channel_keeps_its_figures(visitor)


def start_sync(visitor):
    visitor.open(ACCOUNT)
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/" in visitor.path, "the run's page")


def slowly(stack, path, seconds):
    stack.sandbox("/sandbox/faults", name="slow", seconds=seconds, path=path)


def no_longer_slow(stack):
    stack.sandbox("/sandbox/faults", method="DELETE")


def nothing_is_thrown_when_a_file_is_chosen(stack, visitor):
    file = stack.directory / "名单.csv"
    file.write_text("openid,note\n")
    for page in (f"{FOLLOWERS}import/", f"{CHANNELS}import/"):
        visitor.open(page)
        visitor.until(lambda: visitor.driver.execute_script("return !!window.thrown"), "the page")
        visitor.find(By.NAME, "file").send_keys(str(file))
        assert visitor.driver.execute_script("return window.thrown") == []


def the_buttons_stay_where_they_are(visitor):
    """However many filters are chosen; only the numbers of the tabs have fewer digits."""
    places = []
    for query in ("", "?subscribed__exact=1&remark__isempty=1"):
        visitor.open(f"{FOLLOWERS}{query}")
        selector = ".wx-listtools .wx-button, #toolbar, .wx-toolbar > details"
        places.append(visitor.driver.execute_script(PLACES, selector))
    assert len(places[0]) == 4
    assert places[0] == places[1]


def tick(visitor, number):
    visitor.open(FOLLOWERS)
    for box in visitor.driver.find_elements(By.CSS_SELECTOR, "input.action-select")[:number]:
        box.click()


def meant(visitor):
    """What the bar says; never two things at once."""
    (said,) = filter(None, visitor.texts(".wx-meant-all, .wx-meant-ticked"))
    return said


def the_buttons_are_for_the_ticked(visitor):
    tick(visitor, 0)
    everybody = meant(visitor)
    assert "1,200" in everybody
    tick(visitor, 3)
    visitor.until(lambda: meant(visitor) == "已选 3 位", "the number")
    visitor.find(By.CSS_SELECTOR, ".wx-doing details summary").click()
    visitor.click("导出为 CSV")
    with visitor.downloaded().open(encoding="utf-8-sig", newline="") as lines:
        assert len(list(csv.reader(lines))) == 1 + 3
    visitor.click("打标签")
    visitor.see("勾选的 3")
    tick(visitor, 0)
    visitor.find(By.ID, "action-toggle").click()
    visitor.until(lambda: meant(visitor) == "已选 50 位", "the page")
    visitor.find(By.CSS_SELECTOR, "[data-across]").click()
    visitor.until(lambda: meant(visitor) == everybody, "all that match")
    visitor.click("打标签")
    visitor.see("1,200")
    assert "勾选" not in visitor.text


def as_they_are_without_our_script(visitor):
    """The theme shows nothing at all without any; ours may fail to load."""
    visitor.driver.execute_cdp_cmd("Network.enable", {})
    visitor.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [OUR_SCRIPT]})
    tick(visitor, 2)
    # In the theme's words, but about the ticked ones.
    assert "2" in meant(visitor)
    assert "1,200" not in meant(visitor)
    visitor.click("打标签")
    visitor.see("勾选的 2")
    visitor.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def no_bar_covers_the_last_row(visitor):
    for narrow in (False, True):
        if narrow:
            visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", NARROW)
        visitor.open(FOLLOWERS)
        box = visitor.driver.find_elements(By.CSS_SELECTOR, "input.action-select")[-1]
        visitor.driver.execute_script("arguments[0].click()", box)
        visitor.until(lambda: "已选 1 位" in meant(visitor), "the tick")
        covered = visitor.driver.execute_script(COVERED)
        assert covered <= 0, f"{covered} pixels are covered, narrow: {narrow}"
    visitor.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def a_form_hangs_below_its_row(visitor):
    """Gives whose page it is."""
    visitor.open(f"{FOLLOWERS}?subscribed__exact=1")
    visitor.find(By.CSS_SELECTOR, "#result_list .wx-name").click()
    visitor.button("加入黑名单")
    row = ".wx-tools summary, .wx-tools > form button"
    before = visitor.driver.execute_script(PLACES, row)
    for name in ("修改备注名", "修改内部备注"):
        visitor.unfold(name)
        assert visitor.driver.execute_script(PLACES, row) == before
    # One at a time; the second is open.
    visitor.until(lambda: len(visible_forms(visitor)) == 1, "one form")
    visitor.find(By.ID, "own-note").send_keys("电话联系过")
    visitor.click("保存内部备注")
    visitor.until(lambda: "电话联系过" in visitor.texts(".wx-notetext bdi"), "the note")
    return visitor.texts(".wx-id")[0]


def visible_forms(visitor):
    return [text for text in visitor.texts(".wx-tools > details > form") if text]


def the_steps_of_an_import_move(stack, visitor, openid):
    others = truth.stored(stack, f"subscribed AND NOT blacklisted AND openid <> '{openid}'")
    file = stack.directory / "展会名单.csv"
    with file.open("w", newline="") as lines:
        rows = [(one, "老客户", TAG) for one in [openid, *sorted(others)[:3]]]
        csv.writer(lines).writerows([("openid", "remark", "tags"), *rows])
    slowly(stack, TAG_PATH, 3)
    visitor.open(f"{FOLLOWERS}import/")
    visitor.find(By.NAME, "file").send_keys(str(file))
    visitor.click("检查文件")
    visitor.click("执行 ")
    visitor.until(lambda: "/editrun/" in visitor.path, "the page of the change")
    seen = []

    def ended():
        states = tuple(visitor.texts(".wx-reasons [data-step]"))
        if states and (not seen or seen[-1][1] != states):
            seen.append((visitor.driver.execute_script("return performance.timeOrigin"), states))
        figures = visitor.texts(".wx-tiles b")
        if not figures:
            # The page is just being left for the next look.
            return False
        whole, *parts = (int(figure.replace(",", "")) for figure in figures)
        assert whole >= sum(parts)
        return "成功" in visitor.texts(".wx-label")

    visitor.until(ended, "its end", 120)
    first = [states for page, states in seen if page == seen[0][0]]
    assert len(first) > 1, "the steps did not move on the page"
    assert any("进行中" in states for states in first)
    # The page may have moved on between the one look and the other.
    visitor.until(lambda: set(visitor.texts("[data-step]")) == {"已完成"}, "all steps done")
    no_longer_slow(stack)


def what_is_overwritten_is_told(visitor):
    visitor.open(f"{FOLLOWERS}?subscribed__exact=1")
    visitor.click("设置备注名")
    visitor.type("text", "新客户")
    visitor.click("查看影响范围")
    visitor.see("位已有别的备注名，将被覆盖。")


def an_undone_change_says_so(visitor, openid):
    visitor.open(CHANGES)
    number = int(visitor.texts("#result_list th .wx-sub")[0].removeprefix("#"))
    visitor.open(f"{CHANGES}{number}/change/")
    visitor.click("撤销")
    visitor.find(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: f"/{number}/" not in visitor.path, "the page of the undoing")
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "its end", 120)
    visitor.open(CHANGES)
    undoing, undone = visitor.texts("#result_list tbody tr")[:2]
    assert "已撤销" in undone
    assert "已撤销" not in undoing
    visitor.open(f"{CHANGES}{number}/change/")
    visitor.see(f"已由 #{number + 1} 撤销")
    visitor.open(f"{FOLLOWERS}?q={openid}")
    visitor.find(By.CSS_SELECTOR, "#result_list .wx-name").click()
    visitor.see(f"撤销 #{number}：移除标签“{TAG}”")


def dark_boxes_are_dark(visitor):
    visitor.open(FOLLOWERS)
    visitor.driver.execute_script(DARK, True)
    boxes = visitor.driver.find_elements(By.CSS_SELECTOR, ".wx-tickall input")
    assert {box.value_of_css_property("color-scheme") for box in boxes} == {"dark"}


def a_cancelled_run_stands_still(stack, visitor):
    slowly(stack, "/cgi-bin/user/tag/get", 3)
    start_sync(visitor)
    page = visitor.path
    visitor.see("正在读取各标签下的粉丝")
    # Whoever is being asked is not led on to the page of the run that has ended meanwhile.
    visitor.click("取消同步")
    visitor.new_tab(page)
    cancel(visitor)
    visitor.see("停在这里")
    assert not visitor.texts(".wx-running")
    visitor.close_tab()
    visitor.find(By.ID, "wx-confirm-yes").click()
    visitor.see("同步已经结束，无需取消。")
    visitor.open(RUNS)
    row = visitor.texts("#result_list tbody tr")[0]
    assert "已读取 1,200 / 1,200" in row
    assert "名单没有变化" not in row
    assert "未变" not in row
    no_longer_slow(stack)


def cancel(visitor):
    visitor.click("取消同步")
    visitor.find(By.ID, "wx-confirm-yes").click()


def a_review_recommends_what_the_evidence_says(stack, visitor):
    stack.sandbox("/sandbox/followers", leave=LEAVING)
    start_sync(visitor)
    visitor.see(f"真的有 {LEAVING} 位粉丝取消关注了吗？")
    visitor.see("已向微信核实其中 300 位：全部已取消关注")
    assert visitor.texts(".wx-best h3") == ["是的，他们已取消关注 推荐"]
    visitor.see(f"涉及的粉丝：显示 {LEAVING} 位中的 20 位")
    assert not visitor.texts(".wx-running")
    visitor.click("应用结果")
    visitor.find(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "the result", 120)
    visitor.open(FOLLOWERS)
    visitor.see(f"正在关注 {PEOPLE - LEAVING}")
    visitor.see(f"已取消关注 {LEAVING}")


def a_channel_keeps_its_figures(visitor):
    visitor.open(CHANNELS)
    row = visitor.driver.find_element(By.CSS_SELECTOR, ".wx-naming tbody tr")
    scene, brought, staying = row.text.split()[:3]
    assert int(brought) > int(staying)
    row.find_element(By.NAME, "name").send_keys("南京西路店")
    visitor.click("保存名称")
    visitor.see("已命名 1 个二维码场景值")
    listed = visitor.driver.find_element(By.CSS_SELECTOR, "#result_list tbody tr")
    assert listed.find_element(By.CSS_SELECTOR, ".field-scene").text == scene
    for column, number in (("brought", brought), ("staying", staying)):
        assert listed.find_element(By.CSS_SELECTOR, f".field-{column}").text == number
    listed.find_element(By.CSS_SELECTOR, ".field-staying a").click()
    visitor.see(f"正在关注 {staying}")
