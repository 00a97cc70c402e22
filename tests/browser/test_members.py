"""A colleague is invited and begins to work: four clicks, in Chinese, on two computers."""

import pytest
from django.contrib.auth.models import User
from selenium.webdriver.common.by import By

from followers.accounts.roles import give_role
from followers.models import OfficialAccount, StaffPreference
from tests.factories import follow

from .visitor import Visitor

pytestmark = pytest.mark.browser

PASSWORD = "Chaye-2026-x"
MEMBERS = "/admin/auth/user/"


class Counting(Visitor):
    """Counts clicks on buttons."""

    clicks = 0

    def click(self, text: str) -> None:
        super().click(text)
        self.clicks += 1


@pytest.fixture
def visitor(guest):
    account = OfficialAccount.objects.create(
        name="新店", app_id="wx00000000000000aa", app_secret="0123456789abcdef0123456789abcdef"
    )
    follow(account, "oNew")
    chief = User.objects.create_user("chief", password="password", is_staff=True)
    give_role(chief, "administrator")
    account.members.add(chief)
    return Counting(guest.driver, guest.url, guest.downloads)


def test_a_colleague_is_invited_and_begins_in_four_clicks(visitor):
    visitor.log_in("chief", "password")
    visitor.open(MEMBERS)
    visitor.click("邀请成员")
    # 运营 and the only account are chosen already.
    visitor.type("username", "wang")
    visitor.type("name", "王芳")
    visitor.click("邀请")
    visitor.see("已邀请“王芳”")
    visitor.click("复制链接")
    visitor.button("已复制")
    link = visitor.find(By.ID, "invitation-link").get_attribute("value")
    visitor.driver.delete_all_cookies()

    visitor.driver.get(link)
    visitor.see("欢迎，王芳")
    assert link.rstrip("/").rsplit("/", 1)[1] not in visitor.driver.current_url
    visitor.type("new_password1", PASSWORD)
    visitor.type("new_password2", PASSWORD)
    visitor.click("设置密码并登录")
    visitor.until(lambda: visitor.path == "/admin/", "the home page")
    assert visitor.clicks == 4
    may_sync_and_tag_and_not_export(visitor)


def may_sync_and_tag_and_not_export(visitor):
    user = User.objects.get(username="wang")
    [account] = user.official_accounts.all()
    visitor.open("/admin/followers/officialaccount/")
    assert len(visitor.texts("#result_list tbody tr")) == 1
    visitor.click("同步粉丝")
    visitor.until(lambda: "/syncrun/" in visitor.path, "the run's page")
    visitor.open(f"/admin/followers/follower/?account__id__exact={account.pk}")
    visitor.find(By.CSS_SELECTOR, "#result_list")
    page = visitor.driver.page_source
    assert "打标签" in page
    assert "导出" not in page
    visitor.open("/admin/followers/exportlog/")
    visitor.see("没有权限")
    visitor.open(MEMBERS)
    visitor.see("没有权限")
    visitor.driver.get(f"{visitor.url}/admin/me/")
    visitor.see("本设备")


def test_a_wrong_password_is_told_in_one_sentence_and_five_are_a_wait(visitor):
    visitor.driver.delete_all_cookies()
    told = []
    for _ in range(5):
        visitor.open("/admin/login/")
        visitor.type("username", "chief")
        visitor.type("password", "wrong")
        visitor.click("登录")
        visitor.until(lambda: visitor.texts(".errornote"), "what was wrong")
        told.append([text for text in visitor.texts(".errornote") if text])
    assert told[:4] == [["用户名或密码不正确。"]] * 4
    assert told[4] == ["密码错误次数过多：请等待 10 分钟后再试。"]


PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
# The parts of the heading that are seen, and whether some of one is not.
PARTS = """
    const parts = [...document.querySelectorAll("#header-inner h1 .truncate")];
    const shown = parts.filter((it) => it.offsetWidth);
    return shown.map((it) => [it.innerText, it.scrollWidth > it.clientWidth]);
"""


def test_on_a_telephone_the_heading_can_be_read(visitor):
    """Where one is, in English, whose words are long."""
    visitor.log_in("chief", "password")
    chief, account = User.objects.get(username="chief"), OfficialAccount.objects.get(name="新店")
    StaffPreference.objects.update_or_create(user=chief, defaults={"language": "en"})
    member = User.objects.create_user("wang.fang.of.the.shop", is_staff=True)
    account.members.add(member)
    visitor.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    own = "followers/officialaccount"
    for page, heading in {
        "auth/user/": "Members",
        "auth/user/add/": "Members",
        f"auth/user/{member.pk}/change/": "wang.fang.of.the.shop",
        f"auth/user/{member.pk}/delete/": "wang.fang.of.the.shop",
        f"{own}/{account.pk}/change/": "新店",
    }.items():
        visitor.open(f"/admin/{page}")
        assert visitor.driver.execute_script(PARTS) == [[heading, False]], page
