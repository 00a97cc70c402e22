"""The follower list by keyboard alone, and on a phone."""

import pytest
from django.test import Client
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from followers.models import Follower, OfficialAccount, Tag
from tests.factories import LONG_AGO, follow

from .keyboard import go_to, has_focus, press, press_back
from .visitor import Visitor

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
# How far the focused element lies below what is stuck to the top of the page.
BELOW_BAR = """
    const bar = document.querySelector(".wx-actionbar").getBoundingClientRect();
    const row = document.activeElement.closest("tr").getBoundingClientRect();
    return Math.round(row.top - bar.bottom);
"""
HIDDEN_WIDTH = """
    const box = document.querySelector(arguments[0]);
    return box.scrollWidth - box.clientWidth;
"""


@pytest.fixture
def account(sample_data) -> OfficialAccount:
    """With more followers than a screen holds, each with something in every column."""
    account = OfficialAccount.objects.create(name="茶馆", app_id="wx00000000000000ff")
    tags = [
        Tag.objects.create(account=account, wechat_id=200 + number, name=f"春季活动{number}")
        for number in range(3)
    ]
    for number in range(60):
        person = follow(
            account,
            f"oAJu6DtJYVkRieNv-2LF9P5jo{number:03}",
            remark="南京西路店的老客户王小明" if number % 2 else "",
            note="下周回访",
            subscribe_time=LONG_AGO,
            subscribe_scene="ADD_SCENE_QR_CODE",
            qr_scene_str="store_sh_nanjingxilu",
        )
        person.tags.set(tags)
    return account


@pytest.fixture
def visitor(guest, sample_data, account) -> Visitor:
    """Signed in, on the list of that account."""
    client = Client()
    client.force_login(sample_data.admin)
    guest.open("/admin/login/")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    guest.driver.add_cookie(cookie)
    guest.open(f"/admin/followers/follower/?account__id__exact={account.pk}")
    return guest


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(visitor):
    press(visitor, Keys.TAB)
    assert has_focus(visitor, ".wx-skip")
    press(visitor, Keys.ENTER)
    assert has_focus(visitor, "#content")
    press(visitor, Keys.TAB)
    assert has_focus(visitor, ".wx-listtabs a")


@pytest.mark.parametrize(
    ("opener", "menu", "item"),
    [
        ("[aria-controls=account-menu]", "#account-menu", "#account-menu button"),
        ("[aria-controls=user-menu]", "#user-menu", "#user-menu button"),
        (".wx-order > summary", ".wx-order .wx-panel", ".wx-order a"),
        (".wx-choosecolumns > summary", ".wx-choosecolumns .wx-panel", ".wx-choosecolumns input"),
    ],
)
def test_a_menu_follows_its_opener_and_escape_leads_back(visitor, opener, menu, item):
    go_to(visitor, opener)
    press(visitor, Keys.ENTER)
    panel = visitor.find(By.CSS_SELECTOR, menu)
    visitor.until(panel.is_displayed, "the open menu")
    press(visitor, Keys.TAB)
    assert has_focus(visitor, item)
    press(visitor, Keys.ESCAPE)
    visitor.until(lambda: not panel.is_displayed(), "the closed menu")
    assert has_focus(visitor, opener)


def test_the_bar_covers_no_row_that_the_keyboard_reaches(visitor):
    go_to(visitor, ".action-select")
    for _number in range(90):
        press(visitor, Keys.TAB)
    assert visitor.driver.execute_script("return scrollY") > 300
    for _number in range(60):
        press_back(visitor)
        if not has_focus(visitor, "#result_list tbody *"):
            break
        covered = visitor.driver.execute_script(BELOW_BAR)
        assert covered >= 0, covered


def test_rows_are_ticked_and_acted_on_without_a_mouse(visitor):
    everybody = ".wx-meant-all"
    assert visitor.texts(everybody) == ["对全部 60 位"]
    go_to(visitor, ".action-select")
    press(visitor, Keys.SPACE)
    go_to(visitor, "tr:nth-child(2) .action-select")
    press(visitor, Keys.SPACE)
    visitor.until(lambda: visitor.texts(".wx-meant-ticked") == ["已选 2 位"], "the number")
    # Never both.
    assert visitor.texts(everybody) == [""]
    for _number in range(60):
        if has_focus(visitor, "[data-untick]"):
            break
        press_back(visitor)
    press(visitor, Keys.ENTER)
    visitor.until(lambda: visitor.texts(everybody) == ["对全部 60 位"], "nobody ticked")
    visitor.find(By.CSS_SELECTOR, "#action-toggle").send_keys(Keys.SPACE)
    visitor.until(lambda: visitor.texts(".wx-meant-ticked") == ["已选 50 位"], "the page")
    visitor.find(By.CSS_SELECTOR, "[data-across]").send_keys(Keys.ENTER)
    visitor.until(lambda: visitor.texts(everybody) == ["对全部 60 位"], "all that match")
    visitor.find(By.CSS_SELECTOR, "[value=edit_tag]").send_keys(Keys.ENTER)
    visitor.see("60")


def test_columns_are_chosen_without_a_mouse(visitor):
    go_to(visitor, ".wx-choosecolumns > summary")
    press(visitor, Keys.ENTER)
    go_to(visitor, "[name=column][value=unionid]")
    press(visitor, Keys.SPACE, Keys.ENTER)
    visitor.until(lambda: visitor.texts(".column-unionid") == ["UnionID"], "the column")


@pytest.mark.parametrize("width", [1280, 1440])
def test_no_column_is_cut(visitor, width):
    metrics = {**PHONE, "width": width, "height": 900, "mobile": False}
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for query in ("", "?subscribed__exact=all"):
        visitor.open(f"/admin/followers/follower/{query}")
        assert visitor.driver.execute_script(HIDDEN_WIDTH, ".wx-tablebox") == 0
        assert visitor.driver.execute_script(HIDDEN_WIDTH, "html") == 0


def test_on_a_phone_a_person_has_two_lines(visitor):
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    visitor.driver.refresh()
    rows = visitor.driver.find_elements(By.CSS_SELECTOR, "#result_list tbody tr")
    assert max(row.size["height"] for row in rows) <= 68
    assert "2024-01-01" in rows[1].text
    assert "扫描二维码" in rows[1].text
    assert "春季活动0" in rows[1].text
    rows[1].find_element(By.CSS_SELECTOR, ".action-select").click()
    visitor.until(lambda: visitor.texts(".wx-meant-ticked") == ["已选 1 位"], "the tick")
    name = rows[2].find_element(By.CSS_SELECTOR, ".wx-name").text
    # Also on the tags, where no link can be hit.
    tags = rows[2].find_element(By.CSS_SELECTOR, ".field-tagged")
    ActionChains(visitor.driver).move_to_element(tags).click().perform()
    visitor.until(lambda: visitor.path.endswith("/change/"), "the page of the follower")
    assert Follower.objects.filter(pk=visitor.path.split("/")[-3]).exists()
    visitor.see(name[:10])
