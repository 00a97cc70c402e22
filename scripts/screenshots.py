"""Take the pictures of the READMEs from a demo of its own: python -m scripts.screenshots

Needs Chromium with its driver and, for the Chinese pages, a font such as fonts-noto-cjk.
"""

import sys
import tempfile
from pathlib import Path

from selenium.webdriver.chrome.webdriver import WebDriver

from tests.browser.chromium import chromium, missing
from tests.browser.visitor import Visitor
from tests.stack import Stack

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZE = (1440, 900)
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
PEOPLE = 23_000

BAR_STANDS = """
    const bar = document.querySelector("[data-progress=bar]");
    return bar.firstElementChild.offsetWidth > 0.85 * bar.offsetWidth;
"""

SYNC = {"zh": "同步粉丝", "en": "Sync followers"}


def main() -> None:
    if reason := missing():
        sys.exit(reason)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        with tempfile.TemporaryDirectory() as directory:
            take_all(language, Path(directory))


def take_all(language: str, directory: Path) -> None:
    with (
        Stack(directory, PEOPLE) as stack,
        chromium(directory / "browser", LANGUAGES[language], SIZE) as driver,
    ):
        visitor = Visitor(driver, stack.url, directory / "browser" / "downloads")
        visitor.log_in("admin", stack.password)
        first_sync(stack, visitor, language)
        later_syncs(stack, visitor, language)
        for name, path in (
            ("home", "/admin/"),
            ("account", "/admin/followers/officialaccount/1/change/"),
            ("runs", "/admin/followers/syncrun/"),
            ("followers", "/admin/followers/follower/"),
        ):
            visitor.open(path)
            take(driver, f"{name}-{language}")


def first_sync(stack: Stack, visitor: Visitor, language: str) -> None:
    """Caught in the middle: two of three pages are stored."""
    stack.sandbox("/sandbox/faults", name="slow", seconds=2)
    visitor.open("/admin/")
    visitor.click(SYNC[language])
    visitor.until(lambda: visitor.texts("[data-progress=percent]") == ["86%"], "the second page")
    # The bar glides to where the figures already are.
    visitor.until(lambda: visitor.driver.execute_script(BAR_STANDS), "the bar at rest")
    take(visitor.driver, f"run-{language}")
    stack.sandbox("/sandbox/reset")
    finished(visitor, language)


def later_syncs(stack: Stack, visitor: Visitor, language: str) -> None:
    """So that the history has something to tell."""
    for events in ({"leave": 214, "join": 362}, {"return": 9, "leave": 75, "join": 131}):
        stack.sandbox("/sandbox/followers", **events)
        visitor.open("/admin/")
        visitor.click(SYNC[language])
        visitor.until(lambda: "/syncrun/" in visitor.path, "the run's page")
        finished(visitor, language)


def finished(visitor: Visitor, language: str) -> None:
    """The home page offers the next sync as soon as none is under way."""
    visitor.open("/admin/")
    visitor.button(SYNC[language])


def take(driver: WebDriver, name: str) -> None:
    path = IMAGES / f"{name}.png"
    driver.save_screenshot(str(path))
    print(path.relative_to(IMAGES.parent.parent), f"{path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
