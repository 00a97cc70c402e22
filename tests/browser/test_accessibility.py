"""Every kind of page, open sheets and dialogs included, in light and dark colours."""

import pytest
from django.test import Client
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from followers.models import Channel, Follower, Tag

from ..sample_data import SampleData
from .axe import violations
from .visitor import Visitor

pytestmark = pytest.mark.browser

LIST = "/admin/followers/follower/"
OPENER = "[aria-controls=changelist-filter]"
EXPORT, MORE = (f".wx-doing details:nth-last-of-type({it}) summary" for it in (2, 1))
UNFOLD = "document.querySelectorAll('details').forEach((it) => (it.open = true))"


class Found(dict[str, list[str]]):
    """What is wrong on each kind of page that was looked at."""

    @property
    def wrong(self) -> dict[str, list[str]]:
        assert self, "no page was looked at"
        return {name: lines for name, lines in self.items() if lines}


@pytest.fixture
def visitor(guest, sample_data) -> Visitor:
    let_in(guest, sample_data)
    return guest


# In parts, so that several workers can share them.
@pytest.mark.parametrize("part", range(3))
def test_no_page_keeps_anybody_out(visitor, sample_data, part):
    found = Found()
    for name, path in list(sample_data.pages.items())[part::3]:
        visitor.open(path)
        look(visitor, found, name)
    assert found.wrong == {}


def test_nothing_that_opens_keeps_anybody_out(visitor, sample_data):
    found = Found()
    opened(visitor, found, sample_data)
    assert found.wrong == {}


def test_no_question_and_no_empty_list_keeps_anybody_out(visitor, sample_data):
    found = Found()
    confirmations(visitor, found, sample_data)
    empty_lists(visitor, found, sample_data)
    assert found.wrong == {}


def test_the_door_keeps_nobody_out(guest, sample_data):
    found = Found()
    before_logging_in(guest, found)
    let_in(guest, sample_data)
    guest.open("/admin/")
    after_logging_out(guest, found)
    assert found.wrong == {}


def test_the_next_midnight_is_tonights(guest, sample_data):
    let_in(guest, sample_data)
    for name in ("sync waiting", "change waiting"):
        guest.open(sample_data.pages[name])
        guest.see("等待至 今晚 24:00")


def look(visitor: Visitor, found: Found, name: str) -> None:
    found[name] = violations(visitor.driver)


def let_in(visitor: Visitor, sample_data: SampleData) -> None:
    """Without the form, as somebody who has signed in."""
    client = Client()
    client.force_login(sample_data.admin)
    visitor.open("/admin/login/")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    visitor.driver.add_cookie(cookie)


def before_logging_in(visitor: Visitor, found: Found) -> None:
    visitor.open("/admin/login/")
    look(visitor, found, "login")
    visitor.type("username", "nobody")
    visitor.type("password", "wrong")
    visitor.driver.find_element(By.CSS_SELECTOR, "form[id=login-form] [type=submit]").click()
    look(visitor, found, "login refused")


def opened(visitor: Visitor, found: Found, sample_data: SampleData) -> None:
    """What folds, slides or drops out of a page."""
    pages = sample_data.pages
    for name, path, selector in (
        ("filters of followers", pages["followers of an account"], OPENER),
        ("filters of runs", pages["list of syncrun"], OPENER),
        ("filters of users", pages["list of user"], OPENER),
        ("menu of the user", "/admin/", "[aria-controls=user-menu]"),
        ("switcher of accounts", "/admin/", "[aria-controls=account-menu]"),
        ("columns", pages["followers of an account"], ".wx-choosecolumns summary"),
        ("orders", pages["followers of an account"], ".wx-order summary"),
        ("export", pages["followers of an account"], EXPORT),
        ("more", pages["followers of an account"], MORE),
        ("rows ticked", pages["followers of an account"], ".action-select"),
        ("rows of groups ticked", "/admin/auth/group/", ".action-select"),
        ("dialog", pages["change succeeded"], "[data-confirm-mild] button"),
        ("dialog of a run", pages["sync running"], "[data-confirm] button"),
    ):
        visitor.open(path)
        visitor.find(By.CSS_SELECTOR, selector).click()
        look(visitor, found, name)
    visitor.open(pages["followers of an account"])
    visitor.find(By.CSS_SELECTOR, OPENER).click()
    visitor.driver.execute_script(UNFOLD)
    look(visitor, found, "all filters of followers")
    for name in ("follower", "tag", "account", "sync succeeded"):
        visitor.open(pages[name])
        visitor.driver.execute_script(UNFOLD)
        look(visitor, found, f"{name} unfolded")


def confirmations(visitor: Visitor, found: Found, sample_data: SampleData) -> None:
    for action in ("tag", "remark", "block"):
        visitor.open(sample_data.pages["followers of an account"])
        if action == "block":
            visitor.find(By.CSS_SELECTOR, MORE).click()
        visitor.find(By.CSS_SELECTOR, f".wx-actionbar [value=edit_{action}]").click()
        visitor.until(lambda: visitor.path.startswith(LIST), "the form")
        look(visitor, found, f"{action} for many")
    visitor.open(sample_data.pages["followers of an account"])
    visitor.find(By.CSS_SELECTOR, ".wx-actionbar [value=edit_tag]").click()
    visitor.find(By.CSS_SELECTOR, "[name=add_tag]").click()
    visitor.find(By.CSS_SELECTOR, "[data-busy]").click()
    visitor.find(By.CSS_SELECTOR, "[name=nonce]")
    look(visitor, found, "what would change")
    visitor.open("/admin/auth/group/")
    visitor.find(By.CSS_SELECTOR, ".action-select").click()
    Select(visitor.find(By.NAME, "action")).select_by_value("delete_selected")
    visitor.find(By.CSS_SELECTOR, "[name=index]").click()
    visitor.find(By.NAME, "post")
    look(visitor, found, "groups deleted")


def empty_lists(visitor: Visitor, found: Found, sample_data: SampleData) -> None:
    for model in (Follower, Tag, Channel):
        model.objects.all().delete()
    for name in ("followers", "tags", "channels"):
        visitor.open(sample_data.pages[f"{name} of an account"])
        look(visitor, found, f"no {name}")


def after_logging_out(visitor: Visitor, found: Found) -> None:
    visitor.driver.execute_script("document.querySelector('form[action$=\"/logout/\"]').submit()")
    visitor.until(lambda: "/logout/" in visitor.path, "the page after logging out")
    look(visitor, found, "logged out")
