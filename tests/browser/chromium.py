"""The system's Chromium, driven by the system's driver; nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

# Without a network, and as root in a container.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def browser_path() -> str | None:
    return find("chromium", "chromium-browser", "google-chrome")


def driver_path() -> str | None:
    return find("chromedriver", "chromium.chromedriver")


def missing() -> str | None:
    """What is missing for tests in a browser, in words."""
    if not browser_path():
        return "Chromium is not installed"
    return None if driver_path() else "Chromium's driver (chromedriver) is not installed"


@contextmanager
def chromium(
    directory: Path, language: str = "zh-CN", size: tuple[int, int] = (1440, 900)
) -> Iterator[webdriver.Chrome]:
    """A browser without a past; downloads go to `directory`/downloads."""
    options = webdriver.ChromeOptions()
    options.binary_location = browser_path() or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={directory / 'profile'}")
    options.add_argument(f"--window-size={size[0]},{size[1]}")
    options.add_argument(f"--lang={language}")
    downloads = directory / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    options.add_experimental_option(
        "prefs",
        {"intl.accept_languages": language, "download.default_directory": str(downloads)},
    )
    driver = webdriver.Chrome(options=options, service=Service(driver_path()))
    try:
        yield driver
    finally:
        driver.quit()
