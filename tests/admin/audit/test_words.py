"""Lines in words: a fact of each kind, in Chinese and in English."""

import pytest
from django.utils import translation

from followers.admin.audit.facts import SENTENCES, Reader, permission_name
from followers.admin.audit.words import line
from followers.models import AuditEntry

READER = Reader({1: "东店"}, everything=False, tags=True)
# By fact: its value, and the words of it.
FACTS = {
    "begins_wait": (True, "次数过多：该来源 10 分钟内无法再试"),
    "is_active": ([True, False], "已停用"),
    "superuser": ([False, True], "设为系统管理员"),
    "name": (["", "李雷"], "姓名：– → 李雷"),
    "email": (["a@x.cn", "b@x.cn"], "邮箱：a@x.cn → b@x.cn"),
    "role": (["viewer", ""], "角色：只读 → –"),
    "accounts_added": ({"1": "东店", "2": "西店"}, "加入公众号：东店"),
    "accounts_removed": ({"2": "西店"}, ""),
    "groups": ([["甲"], ["乙"]], "权限组：+ 乙，− 甲"),
    "permissions": ([[], ["view_tag", "gone"]], "权限：+ 标签：查看，+ gone"),
    "renamed": (["M3", "M2"], "名称：M3 → M2"),
    "old_password": (True, "修改密码时旧密码错误"),
    "stages": (["listing", "tags"], "名单，标签"),
    "switched_on": (False, "已停用"),
    "settings": (["kinds", "quiet_from"], "已修改：提醒内容，免打扰开始"),
    "lines": (3, "3 行"),
    "sessions": (2, "已让 2 台设备退出登录"),
    "schedule": (
        {
            "every": "week",
            "time": "03:00",
            "weekday": 0,
            "hours": None,
            "paused": False,
            "stages": ["listing"],
            "details_between": ["23:00", "06:00"],
        },
        "定时：每星期一 03:00，名单，详情：23:00–06:00",
    ),
    "address_replaced": (True, "更换了地址或签名密钥"),
    "actions": (["tag", "untag"], "打标签，移除标签"),
    "tags": (["VIP", "新"], "“VIP”、“新”"),
    "selected": (3120, "3,120 位粉丝"),
    "figures": ("sources", "按关注来源"),
    "segment": ("老客", "人群“老客”"),
    "days": (["2026-01-01", "2026-01-31"], "01-01 至 01-31"),
    "channels": (True, "渠道名称"),
    "log": (True, "操作日志"),
}


@pytest.mark.parametrize("fact", FACTS)
def test_each_fact_has_its_words(fact):
    value, words = FACTS[fact]
    entry = AuditEntry(action="exported", by="page", details={fact: value})
    with translation.override("zh-hans"):
        assert line(entry, READER).details == words


def test_all_facts_are_tried():
    assert set(FACTS) == set(SENTENCES)


def test_names_of_tags_need_the_permission():
    entry = AuditEntry(action="change_started", by="page", details={"tags": ["VIP"]})
    assert line(entry, Reader({}, everything=False, tags=False)).details == ""


@pytest.mark.parametrize(
    ("values", "who", "place"),
    [
        ({"actor_name": "王芳", "by": "page", "address": "203.0.113.9"}, "王芳", "203.0.113.9"),
        ({"actor_name": "root", "by": "command"}, "root", "Command line"),
        ({"actor_name": "", "by": "command"}, "Nobody known", "Command line"),
        ({"action": "sign_in_failed", "by": "page"}, "A name that nobody has", "Web page"),
    ],
)
def test_who_and_from_where(values, who, place):
    with translation.override("en"):
        told = line(AuditEntry(**{"action": "exported"} | values), READER)
    assert (told.who, told.place) == (who, place)


@pytest.mark.parametrize(
    ("subject", "details", "text", "address"),
    [
        (
            "东店",
            {"kind": "syncrun", "run": 7},
            "Sync run #7",
            "syncrun/7/change/",
        ),
        ("东店", {"kind": "editrun", "run": 7}, "Change #7", "editrun/7/change/"),
        ("东店", {"export": 7}, "Export #7", "exportlog/7/change/"),
        ("", {"export": 7}, "Export #7", ""),
    ],
)
def test_links(subject, details, text, address):
    entry = AuditEntry(action="exported", by="page", subject=subject, details=details)
    with translation.override("en"):
        told = line(entry, READER)
    assert (told.link_text, told.link.removeprefix("/admin/followers/")) == (text, address)


def test_a_name_is_not_said_twice():
    entry = AuditEntry(
        action="exported", by="page", subject="东店", actor_name="x", account_names={"1": "东店"}
    )
    assert line(entry, READER).subject == ""


def test_every_permission_has_a_name():
    with translation.override("en"):
        assert permission_name("view_auditentry") == "Activity log entries: View"
        assert permission_name("export_follower") == "Can export followers"
        assert permission_name("change_user") == "Members: Change"
