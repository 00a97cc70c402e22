"""The Chinese of the pages as people meet it, Django's own sentences included."""

import json
import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import translation

from followers.models import Channel, OfficialAccount
from tests.sample_data import SampleData, create_sample_data

# What no page may say, and what says it instead.
FORBIDDEN = {
    "帐号": "账号",
    "注销": "退出登录",
    "工作人员": "成员",
    "员工": "成员",
    "用户组": "角色",
    "首次发现": "首次同步到",
    "微信内置": "系统标签",
    "微信自带": "系统标签",
    "名粉丝": "位粉丝",
    "个粉丝": "位粉丝",
    "来修改": "only the name",
    "来查看": "only the name",
    "成功添加": "已添加",
    "成功修改": "已保存",
    "成功删除": "已删除",
    "超级用户": "管理员",
    "正逆序": "升降序",
    "公布的默认值": "微信默认上限",
    "美好时光": "nothing",
    "Can export": "导出粉丝",
    "Can add": "添加",
}
# 备注 alone: in WeChat that is 备注名, here there is 内部备注 as well.
BARE = re.compile(r"(?<!内部)备注(?!名)")
# Two words with a space between are no Chinese phrase.
APART = re.compile(r"(?:添加|删除|修改|选择|查看) (?:公众号|渠道|用户|成员|角色|权限组|标签|粉丝)")
# The theme writes its own colours into help texts; nobody reads attributes that are no words.
INVISIBLE = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.S)
INLINE = re.compile(r"</?(?:a|b|bdi|em|strong)\b[^>]*>")
SHOWN = re.compile(r'\b(?:title|placeholder|aria-label|data-confirm|alt|value)="([^"]*)"')
CHINESE = {"accept-language": "zh-CN"}


@pytest.fixture
def sample_data(db) -> SampleData:
    return create_sample_data()


@pytest.fixture
def visitor(sample_data) -> Client:
    client = Client(headers=CHINESE)
    client.force_login(sample_data.admin)
    return client


def words(page) -> str:
    """All that is seen or heard of a page."""
    html = INVISIBLE.sub("", page.content.decode())
    seen = re.sub(r"<[^>]*>", " ", INLINE.sub("", html))
    return " ".join([*SHOWN.findall(html), seen])


def wrong(text: str) -> list[str]:
    return [word for word in FORBIDDEN if word in text] + BARE.findall(text) + APART.findall(text)


def test_no_page_speaks_otherwise(sample_data, visitor):
    pages = {
        name: words(visitor.get(path, follow=True)) for name, path in sample_data.pages.items()
    }
    assert {name: wrong(text) for name, text in pages.items() if wrong(text)} == {}


def test_what_is_looked_for_would_be_found():
    assert wrong("旧帐号的备注") == ["帐号", "备注"]
    assert wrong("删除 用户") == ["删除 用户"]
    assert wrong("备注名和内部备注") == []


SAVED = [
    ("/admin/auth/group/add/", {"name": "运营"}, "已添加权限组“运营”。"),
    ("/admin/auth/group/{role}/change/", {"name": "客服"}, "已保存权限组“客服”。"),
    (
        "/admin/auth/group/{role}/change/",
        {"name": "客服", "_continue": "1"},
        "已保存权限组“客服”，可以继续修改。",
    ),
    (
        "/admin/auth/group/{role}/change/",
        {"name": "客服", "_addanother": "1"},
        "已保存权限组“客服”，可以继续添加下一个。",
    ),
    ("/admin/auth/group/{role}/delete/", {"post": "yes"}, "已删除权限组“roles”。"),
    (
        "/admin/auth/user/add/",
        {"username": "wang", "role": "viewer"},
        "已邀请“wang”。",
    ),
    (
        "/admin/followers/channel/add/",
        {"account": "{account}", "scene": "77", "name": "北京店", "group": ""},
        "已添加渠道“北京店”。",
    ),
    ("/admin/followers/channel/{channel}/delete/", {"post": "yes"}, "已删除渠道“shop”。"),
    (
        "/admin/auth/group/",
        {"action": "delete_selected", "_selected_action": "{role}", "post": "yes"},
        "已删除 1 个权限组。",
    ),
    ("/admin/auth/group/", {"action": "", "_selected_action": "{role}"}, "请选择要执行的操作。"),
    ("/admin/auth/group/", {"action": "delete_selected", "index": "0"}, "请先勾选要操作的内容"),
]


@pytest.mark.parametrize(("path", "form", "sentence"), SAVED)
def test_what_is_said_after_saving(admin_client, path, form, sentence):
    account = OfficialAccount.objects.create(name="x", app_id="wx0000000000000001")
    rows = {
        "account": account.pk,
        "channel": Channel.objects.create(account=account, scene="1", name="shop").pk,
        "role": Group.objects.create(name="roles").pk,
        "user": User.objects.create_user("li").pk,
    }
    form = {name: value.format(**rows) for name, value in form.items()}
    page = admin_client.post(path.format(**rows), form, follow=True, headers=CHINESE)
    assert sentence in words(page)
    assert wrong(words(page)) == []


TOLD = [
    ("list of user", "共 2 个成员"),
    ("list of tag", "共 2 个标签"),
    ("list of editrun", "共 6 条修改记录"),
    ("list of syncrun", "共 7 条同步记录"),
    ("tag", "老客户"),
    ("list of tag", "系统标签"),
    ("user", "可以查看所属公众号的内容，不能做任何更改。"),
    ("user", "拥有全部权限"),
    ("user deleted", "确定永久删除吗？"),
    ("channel deleted", "确认删除"),
    ("group", "导出粉丝"),
    ("no channel", "没有符合条件的渠道"),
    ("own password", "请先输入旧密码"),
    ("home", "将于 今晚 24:00 自动继续"),
    ("sync waiting", "今天“获取粉丝名单”的次数已用完"),
    ("account", "获取名单：已用 34 / 500 次（微信默认上限）"),
    ("channel", "删除渠道"),
    ("user", "操作日志"),
    ("account", "操作日志"),
]


@pytest.mark.parametrize(("name", "sentence"), TOLD)
def test_pages_say_it_like_this(sample_data, visitor, name, sentence):
    assert sentence in " ".join(words(visitor.get(sample_data.pages[name])).split())


TITLES = [
    ("list of officialaccount", "公众号"),
    ("list of user", "成员"),
    ("list of group", "权限组"),
    ("channel added", "添加渠道"),
    ("group added", "添加权限组"),
]


@pytest.mark.parametrize(("name", "title"), TITLES)
def test_titles_are_phrases(sample_data, visitor, name, title):
    page = visitor.get(sample_data.pages[name]).content.decode()
    found = re.search(r"<title>(.*?)</title>", page, re.S)
    assert re.split(r"[|｜]", found[1])[0].split()[-1] == title


def test_a_wrong_password_is_told_in_one_sentence(client, db):
    page = client.post("/admin/login/", {"username": "x", "password": "y"}, headers=CHINESE)
    assert "用户名或密码不正确。" in words(page)
    assert wrong(words(page)) == []


def test_signing_out_says_no_more_than_that(visitor):
    page = visitor.post("/admin/logout/")
    assert "您已退出登录。" in words(page)
    assert wrong(words(page)) == []


def test_what_is_typed_wrongly_is_told_in_plain_words(admin_client):
    Group.objects.create(name="运营")
    for path, form, sentence in (
        ("group", {"name": "运营"}, "已有相同名称的权限组"),
        ("group", {"name": ""}, "请填写此项。"),
        ("user", {"username": "a b", "role": "viewer"}, "用户名只能使用"),
        ("user", {"username": "ab", "role": "boss"}, "不是可选的选项"),
    ):
        page = admin_client.post(f"/admin/auth/{path}/add/", form, headers=CHINESE)
        assert sentence in words(page)
        assert wrong(words(page)) == []


def spelled(text: str) -> str:
    """As JSON writes it."""
    return json.dumps(text)


def test_scripts_speak_our_words_too(admin_client):
    page = admin_client.get("/admin/jsi18n/", headers=CHINESE)
    assert spelled("已选 %(sel)s 项（本页 %(cnt)s 项）") in page.text
    # And Django's, where we have none.
    assert spelled("八月") in page.text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_djangos_words_are_replaced_in_chinese_alone(language):
    with translation.override(language):
        said = translation.gettext("Log out")
    assert said == {"en": "Log out", "zh-hans": "退出登录"}[language]
