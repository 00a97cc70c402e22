"""Followers are tagged, remarked on and blocked, and files read, by somebody with a browser."""

import csv

import pytest
from openpyxl import Workbook
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from . import truth

pytestmark = [pytest.mark.browser, pytest.mark.worker]

FOLLOWERS = "/admin/followers/follower/"
FILTERED = f"{FOLLOWERS}?subscribed__exact=1"
TAGS = "/admin/followers/tag/"
PEOPLE = 5_000
TAG, NEW_TAG = "春季活动", "展会名单"


def test_followers_are_changed_in_chinese(start):
    stack, visitor = start(PEOPLE, "zh-CN")
    visitor.open("/admin/")
    visitor.click("同步粉丝")
    visitor.button("查看粉丝")
    visitor.until(lambda: "成功" in visitor.text, "the sync's end")
    a_tag_is_created(visitor)
    number = everybody_of_a_filter_is_tagged(stack, visitor)
    and_that_is_undone(stack, visitor, number)
    a_remark_that_is_too_long_is_counted_and_a_short_one_saved(stack, visitor)
    a_follower_is_blocked_and_unblocked(stack, visitor)
    a_broken_file_gets_a_sentence(stack, visitor)
    a_file_changes_whom_it_names(stack, visitor)
    and_the_same_file_changes_nothing_more(stack, visitor)
    a_list_of_others_is_matched_by_hand(stack, visitor)


def ended(visitor):
    """The page of a change shows its end by itself."""
    visitor.until(lambda: "/editrun/" in visitor.path, "the page of the change")
    visitor.until(lambda: "成功" in visitor.texts(".wx-label"), "its end", 180)


def a_tag_is_created(visitor):
    visitor.open(TAGS)
    visitor.type("name", TAG)
    visitor.see("还可输入 18 字节")
    visitor.click("新建标签")
    ended(visitor)


def everybody_of_a_filter_is_tagged(stack, visitor):
    visitor.open(FILTERED)
    visitor.see("对全部 5,000 位")
    visitor.click("打标签")
    visitor.find(By.CSS_SELECTOR, f"label[data-text='{TAG}'] [name=add_tag]").click()
    visitor.click("查看影响范围")
    visitor.see("将会修改")
    selected, changing, skipped = figures(visitor.texts(".wx-tile b"))
    assert selected == changing + skipped == PEOPLE
    # Those on the blacklist cannot be tagged; they are few.
    assert changing > 4_500
    visitor.click(f"确认，修改 {changing:,} 位粉丝")
    visitor.click("查看这项修改")
    ended(visitor)
    assert figures(visitor.texts("[data-progress=done]")) == [changing]
    tagged(visitor, changing)
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    everybody = set(truth.lines(stack, "/sandbox/followers"))
    assert truth.tagged(stack, TAG) == truth.stored_with_tag(stack, TAG) == everybody - blocked
    return changing


def figures(texts):
    return [int(text.replace(",", "")) for text in texts]


def tagged(visitor, number):
    """The tag's page says how many have it."""
    run = visitor.path
    visitor.open(TAGS)
    # An empty tag is far down, where the page's foot covers it.
    visitor.driver.get(visitor.button(TAG).get_attribute("href"))
    visitor.find(By.CSS_SELECTOR, ".wx-count a").click()
    visitor.see(f"正在关注 {number:,}")
    visitor.open(run)


def and_that_is_undone(stack, visitor, number):
    visitor.click("撤销")
    visitor.see(f"撤销对 {number:,} 位粉丝的修改？")
    before = visitor.path
    visitor.find(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: visitor.path != before, "the page of the undoing")
    ended(visitor)
    assert figures(visitor.texts("[data-progress=done]")) == [number]
    tagged(visitor, 0)
    assert truth.tagged(stack, TAG) == truth.stored_with_tag(stack, TAG) == set()


def a_remark_that_is_too_long_is_counted_and_a_short_one_saved(stack, visitor):
    visitor.open(FILTERED)
    visitor.find(By.CSS_SELECTOR, "#result_list .wx-name").click()
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
    assert openid(visitor) in truth.people(stack, remark="老客户")


def a_follower_is_blocked_and_unblocked(stack, visitor):
    visitor.click("加入黑名单")
    visitor.find(By.ID, "wx-confirm-yes").click()
    visitor.until(lambda: "在黑名单中" in labels(visitor), "blocked")
    assert openid(visitor) in truth.lines(stack, "/sandbox/blacklist")
    visitor.click("移出黑名单")
    visitor.until(lambda: "在黑名单中" not in labels(visitor), "unblocked")
    visitor.button("加入黑名单")
    assert openid(visitor) not in truth.lines(stack, "/sandbox/blacklist")


def openid(visitor):
    """Whose page it is."""
    return visitor.texts(".wx-id")[0]


def labels(visitor):
    return visitor.texts(".wx-person .wx-label")


def a_broken_file_gets_a_sentence(stack, visitor):
    """A quotation mark is opened and never closed."""
    visitor.open(FOLLOWERS)
    visitor.click("upload 导入")
    file = stack.directory / "坏文件.csv"
    file.write_text('openid,remark\no1,"老客户\no2,新客户\n')
    upload(visitor, file)
    visitor.see("从第 2 行起无法按 CSV 读取文件。请检查该行是否缺少引号。")


def a_file_changes_whom_it_names(stack, visitor):
    file, good = a_file_of_good_and_bad_lines(stack)
    upload(visitor, file)
    visitor.see("导入预览")
    assert figures(visitor.texts(".wx-tile b")) == [9, 6, 1, 3, 0, 1, 2]
    assert visitor.texts(".wx-problem li") == PROBLEMS
    assert visitor.texts(".wx-newtags li") == [f"{NEW_TAG}（1 位粉丝）"]
    visitor.see("不读取的列：昵称")
    visitor.see("文字按 GB18030（GBK）编码读取。")
    visitor.see("备注名\n– → 展会李女士")
    assert any(NEW_TAG in text for text in visitor.texts(".wx-new"))
    commas_are_asked_about(visitor)
    the_bad_lines_can_be_had_as_a_file(visitor)
    visitor.click("执行 7 项修改")
    ended(visitor)
    assert {"设置备注名", "设置内部备注"} < set(visitor.texts(".wx-reasons span"))
    # The new tag is one of them.
    assert figures(visitor.texts("[data-progress=done]")) == [7]
    wechat_and_we_know_the_same(stack, good)


# Who is meant by each line, and what the preview says to those that cannot be.
PROBLEMS = [
    "第 5 行：该公众号没有这个 OpenID 的粉丝。如果是新粉丝，请先同步。",
    "第 6 行：备注名有 33 字节；微信最多允许 30 字节，即 10 个汉字。",
    "第 7 行：这个 OpenID 在前面的行中已经出现过。",
    "第 8 行：无法修改：在黑名单中。",
    "第 9 行：“#N/A”是公式的错误，不是内容。请修正公式。",
    "第 10 行：“1.38E+10”是被表格软件舍入的数字。请把单元格格式设为文本，重新填写完整的数字。",
]


def a_file_of_good_and_bad_lines(stack):
    """As spreadsheets of China save it; gives the file and the openids of its good lines."""
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    everybody = sorted(set(truth.lines(stack, "/sandbox/followers")) - blocked)
    good, another, *others = everybody[:3], *everybody[3:6]
    rows = [
        ("openid", "remark", "tags", "note", "昵称"),
        (good[0], "展会李女士", f"{TAG}，{NEW_TAG}", "电话联系过", "不读"),
        (good[1], "", TAG, "", ""),
        (good[2], "", "", "下周回访", ""),
        ("oNobody", "", TAG, "", ""),
        (another, "十一个汉字的备注名太长", "", "", ""),
        (good[0], "", "", "第二次", ""),
        (min(blocked), "", TAG, "", ""),
        (others[0], "", f"{TAG};#N/A", "", ""),
        (others[1], "1.38E+10", "", "", ""),
    ]
    file = stack.directory / "展会名单.csv"
    with file.open("w", encoding="gb18030", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return file, good


def commas_are_asked_about(visitor):
    """Kept and split again: nothing is recorded meanwhile."""
    visitor.see(f"{TAG}，{NEW_TAG} → {TAG} · {NEW_TAG}")
    visitor.find(By.CSS_SELECTOR, "[name=keep_commas][value='1']").click()
    visitor.click("重新预览")
    name = f"{TAG}，{NEW_TAG}（1 位粉丝）"
    visitor.until(lambda: visitor.texts(".wx-newtags li") == [name], "one tag")
    visitor.find(By.CSS_SELECTOR, "[name=keep_commas][value='0']").click()
    visitor.click("重新预览")
    visitor.until(lambda: visitor.texts(".wx-newtags li") == [f"{NEW_TAG}（1 位粉丝）"], "split")


def a_list_of_others_is_matched_by_hand(stack, visitor):
    """Columns that nobody knows, as a workbook in which a filter hides somebody."""
    blocked = set(truth.lines(stack, "/sandbox/blacklist"))
    shown, hidden = sorted(set(truth.lines(stack, "/sandbox/followers")) - blocked)[-2:]
    book = Workbook()
    for row in (("会员号", "姓名"), (shown, "按列选择"), (hidden, "按列选择")):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    file = stack.directory / "会员.xlsx"
    book.save(file)
    visitor.open(f"{FOLLOWERS}import/")
    upload(visitor, file)
    visitor.see("也可以在下面指明各列的含义。")
    Select(visitor.find(By.NAME, "header_row")).select_by_value("1")
    Select(visitor.find(By.NAME, "column1")).select_by_visible_text("备注名")
    visitor.click("查看影响范围")
    visitor.see("工作表中有 1 行被筛选或手动隐藏，不会导入。")
    visitor.click("执行 1 项修改")
    ended(visitor)
    assert truth.people(stack, remark="按列选择") == {shown}


def upload(visitor, file):
    visitor.find(By.NAME, "file").send_keys(str(file))
    visitor.click("检查文件")


def the_bad_lines_can_be_had_as_a_file(visitor):
    visitor.click("下载这些行及原因（CSV）")
    with visitor.downloaded().open(encoding="utf-8-sig", newline="") as lines:
        _header, *rows = csv.reader(lines)
    assert [f"第 {number} 行：{reason}" for *_cells, number, reason in rows] == PROBLEMS
    assert rows[0][0] == "oNobody"


def wechat_and_we_know_the_same(stack, good):
    for name, having in ((TAG, set(good[:2])), (NEW_TAG, {good[0]})):
        assert truth.tagged(stack, name) == having
        assert truth.stored_with_tag(stack, name) == having
    assert truth.people(stack, remark="展会李女士") == {good[0]}
    assert truth.stored(stack, "remark = '展会李女士'") == {good[0]}
    assert truth.stored(stack, "note = '电话联系过'") == {good[0]}
    assert truth.stored(stack, "note = '下周回访'") == {good[2]}
    # What is skipped is skipped as a whole.
    assert truth.stored(stack, "note <> ''") == {good[0], good[2]}


def and_the_same_file_changes_nothing_more(stack, visitor):
    visitor.open(f"{FOLLOWERS}import/")
    upload(visitor, stack.directory / "展会名单.csv")
    visitor.see("没有需要修改的粉丝，无需执行。")
    assert visitor.texts(".wx-problem li") == PROBLEMS
