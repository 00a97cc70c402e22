"""Take the pictures of the READMEs and the user guide: python -m scripts.screenshots [zh] [en]

They come from a demo of its own. Needs Chromium with its driver and, for the Chinese pages, a font
such as fonts-noto-cjk.
"""

import csv
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import truth
from tests.browser.chromium import chromium, missing
from tests.browser.visitor import Visitor
from tests.stack import Stack

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (1440, 900)
# Of a whole page: the menu needs the one, the other ends at what is worth showing.
LEAST, MOST = 740, 1500
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
PEOPLE = 23_000

WORDS: dict[str, dict[str, Any]] = {
    "zh": {
        "sync": "同步粉丝",
        "save names": "保存名称",
        "tagged": "拥有此标签的全部粉丝",
        "file": "展会名单.csv",
        "visitors": ("展会客户", "展会", "已加微信，下周回访"),
        "filters": "筛选",
        "segment": "扫码来的上海粉丝",
        "new people": "近 7 天新粉",
        "list": "展会到场名单",
        "target": "运营群",
        "members": {
            "wang.fang": ("王芳", "marketer"),
            "zhang.wei": ("张伟", "viewer"),
            "li.lei": ("李雷", "marketer"),
        },
        "channels": {
            "1043": ("上海南京西路店门口", "门店"),
            "store_sh_nanjingxilu": ("上海南京西路店收银台", "门店"),
            "1001": ("春季传单", "活动"),
            "store_bj_sanlitun": ("北京三里屯店", "门店"),
            "expo2024_A3": ("2024 展会 A3 展位", "活动"),
        },
    },
    "en": {
        "sync": "Sync followers",
        "save names": "Save names",
        "tagged": "All followers with this tag",
        "file": "expo-visitors.csv",
        "visitors": ("Expo guest", "Expo", "Talked to us, call again next week"),
        "filters": "Filters",
        "segment": "Shanghai, by QR code",
        "new people": "New this week",
        "list": "Guests of the expo",
        "target": "Marketing group",
        "members": {
            "wang.fang": ("Wang Fang", "marketer"),
            "zhang.wei": ("Zhang Wei", "viewer"),
            "li.lei": ("Li Lei", "marketer"),
        },
        "channels": {
            "1043": ("Nanjing Road store, door", "Stores"),
            "store_sh_nanjingxilu": ("Nanjing Road store, till", "Stores"),
            "1001": ("Spring leaflet", "Campaigns"),
            "store_bj_sanlitun": ("Sanlitun store", "Stores"),
            "expo2024_A3": ("Expo 2024, stand A3", "Campaigns"),
        },
    },
}

BAR_STANDS = """
    const bar = document.querySelector("[data-progress=bar]");
    const wanted = parseInt(document.querySelector("[data-progress=percent]").textContent) / 100;
    return Math.abs(bar.firstElementChild.offsetWidth / bar.offsetWidth - wanted) < 0.01;
"""
# Where the last part of the page ends, and what of the window is not page.
HEIGHT = """
    const parts = document.querySelectorAll("#main .wx-stack, #main fieldset, #result_list");
    const ends = [...parts].map((part) => part.getBoundingClientRect().bottom + scrollY);
    return Math.ceil(Math.max(...ends)) + 100 + outerHeight - innerHeight;
"""
COUNTED = """
    const sizes = [...document.querySelectorAll("[data-size]")];
    return sizes.every((it) => /\\d/.test(it.textContent));
"""
ACCOUNT = "/admin/followers/officialaccount/1/change/"
FOLLOWERS = "/admin/followers/follower/"
SEGMENTS = "/admin/followers/segment/"
MEMBERS = "/admin/auth/user/"
EDITS = "/admin/followers/editrun/"
TAGGING = "/cgi-bin/tags/members/batchtagging"
# The most frequent tag of the sandbox but one.
TAG = "上海"


def main() -> None:
    if reason := missing():
        sys.exit(reason)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for language in sys.argv[1:] or LANGUAGES:
        with demo(language, "--no-shop") as camera:
            camera.first_sync()
            camera.later_syncs()
            camera.channels()
            camera.tag_and_its_followers()
            camera.segments()
            camera.follower()
            camera.change()
            camera.file()
            camera.schedule_and_target()
            camera.pages()
            camera.members()
            camera.question()
            camera.waiting()
        with demo(language) as camera:
            camera.figures()


@contextmanager
def demo(language: str, *options: str) -> Iterator["Camera"]:
    with (
        tempfile.TemporaryDirectory() as directory,
        Stack(Path(directory), PEOPLE, *options) as stack,
        chromium(Path(directory) / "browser", LANGUAGES[language], SIZE) as driver,
    ):
        visitor = Visitor(driver, stack.url, Path(directory) / "browser" / "downloads")
        visitor.log_in("admin", stack.password)
        yield Camera(stack, visitor, language)


class Camera:
    """One demo in one language, from the first sync to the one that goes wrong."""

    def __init__(self, stack: Stack, visitor: Visitor, language: str) -> None:
        self.stack, self.visitor, self.language = stack, visitor, language
        self.words = WORDS[language]

    def first_sync(self) -> None:
        """Caught while it reads the details: the list is there already."""
        self.stack.sandbox("/sandbox/faults", name="slow", seconds=1)
        self.sync()
        self.visitor.until(self._part_of_the_details, "a part of the details")
        # The bar glides to where the figures already are.
        self.visitor.until(lambda: self._script(BAR_STANDS), "the bar at rest")
        self.take("run")
        self.stack.sandbox("/sandbox/reset")
        self.finished()

    def _part_of_the_details(self) -> bool:
        stage = self.visitor.texts("[data-stage=details][aria-current=step]")
        # Of the whole sync, of which the details begin at three fifths.
        return bool(stage) and self._percent() >= 70

    def later_syncs(self) -> None:
        """So that the history has something to tell."""
        # Others who return may have left before the first sync: to the mirror they are new.
        leaving = truth.lines(self.stack, "/sandbox/followers")[:214]
        for events in (
            {"leave": leaving, "join": 362},
            {"return": leaving[:9], "leave": 75, "join": 131},
        ):
            self.stack.sandbox("/sandbox/followers", **events)
            self.sync()
            result = self.visitor.path
            self.finished()
        self.visitor.open(result)
        self.take("result", whole=True)

    def channels(self) -> None:
        self.visitor.open("/admin/followers/channel/")
        for row in self.visitor.driver.find_elements(By.CSS_SELECTOR, ".wx-naming tbody tr"):
            scene = row.find_element(By.NAME, "scene").get_attribute("value")
            for name, text in zip(
                ("name", "group"), self.words["channels"].get(scene, ()), strict=False
            ):
                row.find_element(By.NAME, name).send_keys(text)
        button = self.visitor.button(self.words["save names"])
        # Out from under the bar at the foot of the window.
        self._script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.visitor.open("/admin/followers/channel/")
        self.take("channels", whole=True)

    def tag_and_its_followers(self) -> None:
        self.visitor.open("/admin/followers/tag/")
        self._press("#result_list .wx-tag")
        self.take("tag")
        self.visitor.click(self.words["tagged"])
        self.visitor.until(lambda: FOLLOWERS in self.visitor.path, "the followers with this tag")
        source = "subscribe_scene__exact=ADD_SCENE_QR_CODE"
        self.visitor.open(f"{self.visitor.path}&subscribed__exact=1&{source}")
        self.take("followers")
        self._press(".wx-doing details summary")
        self._press("[value=export_csv]")
        self.visitor.downloaded()
        self.visitor.click(self.words["filters"])
        sheet = self.visitor.driver.find_element(By.ID, "filter-form")
        self.visitor.until(sheet.is_displayed, "the sheet of filters")
        number = "[data-submit]:not(.wx-busy)"
        self.visitor.until(lambda: re.search(r"\d", "".join(self.visitor.texts(number))), number)
        self.take("filters")

    def segments(self) -> None:
        """Two questions and a list of pasted ids, some of which nobody has."""
        one = "account__id__exact=1"
        source = "subscribe_scene__exact=ADD_SCENE_QR_CODE"
        self._keep(f"{one}&tags_any={self._tag_key()}&{source}", self.words["segment"])
        self._keep(f"{one}&followed_within=7d", self.words["new people"])
        self.visitor.open(f"{SEGMENTS}paste/?{one}")
        ids = truth.lines(self.stack, "/sandbox/followers")[:186]
        ids += [f"{openid[:-3]}..." for openid in ids[:4]]
        field = self.visitor.find(By.NAME, "ids")
        self._script("arguments[0].value = arguments[1]", field, "\n".join(ids))
        self.visitor.type("name", self.words["list"])
        self._press("form .wx-button[data-busy]")
        self.visitor.until(lambda: "segment=" in self.visitor.path, "the kept list")
        self._press(".wx-segmentbar .wx-link")
        self.visitor.until(lambda: self.visitor.texts(".wx-pasted"), "the list's own page")
        self.take("pasted", whole=True)
        self.visitor.open(SEGMENTS)
        self.visitor.until(lambda: self._script(COUNTED), "the sizes")
        self.take("segments", whole=True)

    def _tag_key(self) -> str:
        """Of TAG, as the sheet of filters has it."""
        self.visitor.open(f"{FOLLOWERS}?account__id__exact=1")
        row = self.visitor.find(By.CSS_SELECTOR, f"[data-tag='{TAG}'] [name=tags_any]")
        return row.get_attribute("value") or ""

    def _keep(self, query: str, name: str) -> None:
        self.visitor.open(f"{FOLLOWERS}?{query}")
        self._press(".wx-segmentbar summary")
        self.visitor.find(By.ID, "new-segment").send_keys(name, Keys.ENTER)
        self.visitor.until(lambda: "segment=" in self.visitor.path, "the segment's list")

    def follower(self) -> None:
        """Somebody who left and came back."""
        self.visitor.open(f"{FOLLOWERS}?subscribed__exact=1&left_from=2020-01-01&remark__isempty=1")
        self._press("#result_list a.wx-name")
        self.take("follower", whole=True)

    def change(self) -> None:
        """A tag for those who paid; some of them have left in the meantime."""
        self.stack.sandbox("/sandbox/followers", leave=100)
        self.visitor.open(f"{FOLLOWERS}?subscribe_scene__exact=ADD_SCENE_PAID")
        self._press(".wx-actionbar [value=edit_tag]")
        self._press(f"label[data-text='{TAG}'] [name=add_tag]")
        self._press("[data-busy]")
        self.visitor.until(lambda: self.visitor.texts("[name=nonce] ~ button"), "what would change")
        self.take("confirm", whole=True)
        self.stack.sandbox("/sandbox/faults", name="slow", seconds=1, count=15, path=TAGGING)
        self._press("[name=nonce] ~ button")
        self._press(".wx-startedrun a")
        self.visitor.until(lambda: self._percent() >= 30, "a third of the change")
        self.visitor.until(lambda: self._script(BAR_STANDS), "the bar at rest")
        self.take("change", whole=True)
        self._ended()
        self.take("changed", whole=True)
        self._press("[data-confirm-mild] button")
        self._press("#wx-confirm-yes")
        self.visitor.until(lambda: f"{EDITS}2/" in self.visitor.path, "the undoing")
        self._ended()

    def file(self) -> None:
        """Some good lines, and three of those that are often seen."""
        remark, tag, note = self.words["visitors"]
        blocked = truth.lines(self.stack, "/sandbox/blacklist")
        everybody = sorted(set(truth.lines(self.stack, "/sandbox/followers")) - set(blocked))
        rows = [(who, f"{remark} {n}", tag, note) for n, who in enumerate(everybody[:40], 1)]
        rows[7] = (everybody[7], f"{remark} {remark} {remark} 8", tag, note)
        rows[19] = (f"{everybody[19][:-3]}...", *rows[19][1:])
        rows[31] = rows[30]
        path = self.stack.directory / self.words["file"]
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([("openid", "remark", "tags", "note"), *rows])
        self.visitor.open(f"{FOLLOWERS}import/")
        self.visitor.driver.find_element(By.NAME, "file").send_keys(str(path))
        self._press("[data-busy]")
        self.visitor.until(lambda: self.visitor.texts(".wx-problem li"), "the preview")
        self.take("preview", whole=True)
        self._press("[data-busy]")
        self.visitor.until(lambda: EDITS in self.visitor.path, "the page of the change")
        self._ended()
        self.visitor.open(EDITS)
        self.take("changes", whole=True)

    def _ended(self) -> None:
        found = self.visitor.driver.find_elements
        path = "[data-progress-url]"
        self.visitor.until(lambda: not found(By.CSS_SELECTOR, path), "the end of the change")

    def _percent(self) -> int:
        text = "".join(self.visitor.texts("[data-progress=percent]")).rstrip("%")
        return int(text) if text.isdecimal() else 0

    def schedule_and_target(self) -> None:
        self.visitor.open(ACCOUNT)
        self._press("button[name=answer][value=yes]")
        self.visitor.open("/admin/followers/officialaccount/1/schedule/")
        self.take("schedule", whole=True)
        self.visitor.open("/admin/followers/alerttarget/add/?service=wecom")
        self.visitor.type("name", self.words["target"])
        self.take("target", whole=True)

    def pages(self) -> None:
        self.visitor.open("/admin/followers/syncrun/")
        self.take("runs")
        self.visitor.open("/admin/followers/exportlog/")
        self.take("exports", whole=True)
        self.visitor.open(ACCOUNT)
        self._press(".wx-choice summary")
        self.take("account")

    def members(self) -> None:
        """The first of those who are invited has come; of the last the link is shown."""
        for number, (username, (name, role)) in enumerate(self.words["members"].items()):
            self.visitor.open(f"{MEMBERS}add/")
            self.visitor.type("username", username)
            self.visitor.type("name", name)
            self.visitor.type("email", f"{username}@example.com")
            self._press(f"[name=role][value={role}]")
            self._press("[name=_save]")
            field = self.visitor.find(By.ID, "invitation-link")
            if number == 0:
                self._accept(field.get_attribute("value") or "")
        self.visitor.driver.refresh()
        self.visitor.find(By.ID, "invitation-link")
        self.take("member", whole=True)
        self.visitor.open(MEMBERS)
        self.take("members", whole=True)
        self.visitor.open("/admin/roles/")
        self.take("roles", whole=True)
        self.visitor.open("/admin/followers/auditentry/")
        self.take("log", whole=True)

    def _accept(self, link: str) -> None:
        driver = self.visitor.driver
        driver.delete_all_cookies()
        driver.get(link)
        for name in ("new_password1", "new_password2"):
            self.visitor.type(name, "Chaye-2026-x")
        self._press("form [type=submit]")
        self.visitor.until(lambda: self.visitor.path == "/admin/", "the home page")
        self.visitor.open("/admin/me/")
        self.take("me", whole=True)
        driver.delete_all_cookies()
        self.visitor.log_in("admin", self.stack.password)

    def figures(self) -> None:
        """Of the second account, whose history is made up."""
        self._script("document.querySelector('.wx-accounts [value=\"2\"]').click()")
        self.visitor.until(lambda: self.visitor.texts("[value='2'][aria-current]"), "the choice")
        self.take("home", whole=True)
        self.visitor.open("/admin/growth/?period=365d&compare=year")
        self.take("growth", whole=True)
        self.visitor.open("/admin/growth/retention/?period=90d")
        self.take("retention", whole=True)

    def question(self) -> None:
        """WeChat's list ends after the first page, again and again."""
        self.stack.sandbox("/sandbox/faults", name="ends_early")
        self.sync()
        self.visitor.until(lambda: self.visitor.texts("#question"), "the question")
        self.take("review", whole=True)
        self.stack.sandbox("/sandbox/reset")

    def waiting(self) -> None:
        """The day's calls are used up."""
        self.stack.sandbox("/sandbox/faults", name="45009")
        self.sync()
        self.visitor.until(lambda: self.visitor.texts("form[data-progress=retry]")[0], "a retry")
        self.visitor.open(self.visitor.path)
        self.visitor.until(lambda: self.visitor.texts("[data-progress=until]")[0], "until when")
        self.take("waiting", whole=True)

    def sync(self) -> None:
        self.visitor.open(ACCOUNT)
        self.visitor.click(self.words["sync"])
        self.visitor.until(lambda: "/syncrun/" in self.visitor.path, "the run's page")

    def finished(self) -> None:
        """The home page offers the next sync as soon as none is under way."""
        self.visitor.open("/admin/")
        self.visitor.button(self.words["sync"])

    def take(self, name: str, *, whole: bool = False) -> None:
        """A picture of what the window shows, or of a whole page as far as MOST."""
        driver = self.visitor.driver
        if whole:
            driver.set_window_size(SIZE[0], min(max(LEAST, self._script(HEIGHT)), MOST))
        save(driver, IMAGES / f"{name}-{self.language}.png")
        driver.set_window_size(*SIZE)

    def _press(self, selector: str) -> None:
        self.visitor.driver.find_element(By.CSS_SELECTOR, selector).click()

    def _script(self, script: str, *arguments: Any) -> Any:
        return self.visitor.driver.execute_script(script, *arguments)


def save(driver: WebDriver, path: Path) -> None:
    driver.save_screenshot(str(path))
    print(path.relative_to(IMAGES.parent.parent), f"{path.stat().st_size // 1024} KiB", flush=True)


if __name__ == "__main__":
    main()
