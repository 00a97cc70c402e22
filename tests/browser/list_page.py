"""The follower list as a visitor uses it: its sheet of filters, segments, bar and files."""

import csv

from selenium.webdriver.common.by import By

SUBMIT = "[data-submit]"
SIDEWAYS = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What can be used below a selector and lies under something else.
COVERED = """
    const usable = "a[href], button, summary, select, textarea, input:not([type=hidden])";
    return [...document.querySelector(arguments[0]).querySelectorAll(usable)].filter((it) => {
        if (!it.checkVisibility({ visibilityProperty: true })) return false;
        if (getComputedStyle(it).pointerEvents === "none") return false;
        it.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
        const [box] = it.getClientRects();
        if (!box || !box.width) return false;
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return !hit || !(it.contains(hit) || hit.closest("label")?.contains(it));
    }).map((it) => it.outerHTML.slice(0, 160));
"""


def number_in_sheet(visitor):
    return visitor.texts(SUBMIT)[0]


def in_the_middle(visitor, element):
    """Not partly below the buttons at the sheet's foot, where the driver would click."""
    visitor.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    visitor.until(lambda: visitor.at_rest(element), "the sheet at rest")
    return element


def view(visitor, number):
    """The sheet's button says how many the list will have."""
    visitor.until(
        lambda: number_in_sheet(visitor) == f"查看 {number:,} 位", f"{number} in the sheet"
    )
    visitor.driver.find_element(By.CSS_SELECTOR, SUBMIT).click()
    listed(visitor, number)


def listed(visitor, number):
    everybody = [f"对全部 {number:,} 位"]
    visitor.until(lambda: visitor.texts(".wx-meant-all") == everybody, f"a list of {number}")


def save_as(visitor, name):
    visitor.unfold("存为人群")
    visitor.find(By.ID, "new-segment").send_keys(name)
    visitor.click("保存人群")
    visitor.see(f"已存为人群“{name}”。")


def in_the_sidebar(visitor, name):
    link = visitor.find(By.XPATH, f"//a[.//bdi[.='{name}']]")
    visitor.until(lambda: visitor.at_rest(link), "the sidebar")
    link.click()
    visitor.until(lambda: "segment=" in visitor.path, "the segment's list")


def ended(visitor, what):
    """The list itself says what came of the change, without anybody reloading it."""
    visitor.until(lambda: not visitor.texts(".wx-startedrun"), "the change's end", 180)
    visitor.until(
        lambda: what in visitor.text and "查看这项修改" in visitor.text, "what came of it"
    )


def write_note(visitor, text):
    visitor.click("设置内部备注")
    visitor.find(By.ID, "edit-text").send_keys(text)
    visitor.click("查看影响范围")
    visitor.see("将会修改")


def downloaded(visitor):
    path = visitor.downloaded()
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    path.unlink()
    return rows


def fits(visitor, selector):
    """Nothing scrolls the page sideways, and whatever can be used can be hit."""
    assert visitor.driver.execute_script(SIDEWAYS) <= 0
    assert visitor.driver.execute_script(COVERED, selector) == []
