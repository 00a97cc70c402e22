import os
from contextlib import ExitStack

import pytest

from tests.browser.chromium import chromium, missing
from tests.browser.visitor import Visitor
from tests.installation import spare_migrating
from tests.sample_data import create_sample_data
from tests.stack import Stack


@pytest.fixture(scope="session")
def needs_chromium():
    if reason := missing():
        # In CI a browser that is not there is a mistake of the set-up, not of the machine.
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(reason)


@pytest.fixture
def sample_data(transactional_db):
    return create_sample_data()


@pytest.fixture(scope="session")
def window(needs_chromium, tmp_path_factory):
    """A browser for one test after the other, and where it puts downloads."""
    directory = tmp_path_factory.mktemp("browser")
    with chromium(directory, "zh-CN") as driver:
        yield driver, directory / "downloads"


@pytest.fixture
def guest(window, sample_data, live_server):
    """A browser on pages that this process serves, without workers; not logged in."""
    driver, downloads = window
    yield Visitor(driver, live_server.url, downloads)
    # No page may go on asking a database that the next test fills.
    driver.get("about:blank")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    place = {"origin": live_server.url, "storageTypes": "all"}
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", place)
    for file in downloads.iterdir():
        file.unlink()


@pytest.fixture
def start(needs_chromium, template_database, tmp_path):
    """A function that starts the product and opens a browser: (stack, visitor), logged in.

    Its one account has nothing stored yet.
    """
    with ExitStack() as opened:

        def start(followers, language):
            spare_migrating(template_database, tmp_path)
            stack = Stack(tmp_path, followers, "--no-shop")
            opened.callback(stack.kill)
            stack.__enter__()
            driver = opened.enter_context(chromium(tmp_path / "browser", language))
            visitor = Visitor(driver, stack.url, tmp_path / "browser" / "downloads")
            visitor.log_in("admin", stack.password)
            return stack, visitor

        yield start
