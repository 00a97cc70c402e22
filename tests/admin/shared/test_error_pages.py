"""The pages for what goes wrong: in both languages, with a way back."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.html import escape
from django.views import defaults


def is_ours(answer, status, chinese, english, *, leads_back=True):
    text = answer.content.decode()
    assert answer.status_code == status
    assert chinese in text
    assert english in text
    assert ('href="/admin/"' in text) == leads_back


def test_an_unknown_address(client, db):
    is_ours(client.get("/nowhere"), 404, "页面不存在", "Page not found")


def test_a_page_that_is_not_permitted(onlooker):
    answer = onlooker.get("/admin/followers/tag/")
    is_ours(answer, 403, "没有权限", "Not permitted")


def test_a_form_that_is_out_of_date(db):
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {})
    is_ours(answer, 403, "页面已过期", "The page is out of date")


@pytest.mark.parametrize(
    ("view", "status", "chinese", "english"),
    [
        (lambda request: defaults.bad_request(request, ValueError()), 400, "无法处理", "processed"),
        (defaults.server_error, 500, "系统出错", "Something went wrong"),
    ],
)
def test_pages_that_know_nothing_about_the_request(rf, view, status, chinese, english):
    is_ours(view(rf.get("/")), status, chinese, english)


def test_browsers_find_the_icon_where_they_look_for_it(client):
    assert client.get("/favicon.ico").url.endswith("followers/favicon.svg")


def test_a_foreign_host_names_the_setting(client, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    answer = client.get("/admin/", headers={"host": "wx.example.com:8443"})
    words = ("设置 ALLOWED_HOSTS 中没有它", "the setting ALLOWED_HOSTS does not name")
    is_ours(answer, 400, *words, leads_back=False)
    text = answer.content.decode()
    assert "You asked for <b>wx.example.com:8443</b>" in text
    assert "add <b>wx.example.com</b> to" in text


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", "a_b.c", "x" * 5000, ""])
def test_a_host_that_is_none_is_escaped_and_cannot_be_allowed(client, host):
    answer = client.get("/admin/", headers={"host": host})
    is_ours(answer, 400, "ALLOWED_HOSTS", "ALLOWED_HOSTS", leads_back=False)
    assert "<script>" not in answer.content.decode()
    assert len(answer.content) < 5000


@pytest.mark.parametrize("origin", ["https://testserver", "https://evil.example", "null", "<b>"])
def test_a_foreign_origin_names_the_setting(db, origin):
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {}, headers={"origin": origin})
    is_ours(answer, 403, "设置 CSRF_TRUSTED_ORIGINS", "the setting CSRF_TRUSTED_ORIGINS")
    assert f"<b>{escape(origin)}</b>" in answer.content.decode()


def test_a_foreign_referer_names_the_setting(db):
    referer = {"referer": "https://evil.example/<b>"}
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32
    answer = client.post("/admin/login/", {}, secure=True, headers=referer)
    is_ours(answer, 403, "设置 CSRF_TRUSTED_ORIGINS", "the setting CSRF_TRUSTED_ORIGINS")
    assert "https://evil.example/&lt;b&gt;" in answer.content.decode()


@pytest.mark.parametrize(
    ("message", "chinese", "english"),
    [
        ("no such table: django_session", "数据库尚未迁移", "not migrated"),
        ("database or disk is full", "磁盘已满", "is full"),
        ("attempt to write a readonly database", "只能读取", "not written to"),
        ("database is locked", "锁定", "locked"),
        ("unable to open database file", "无法打开数据库文件", "cannot be opened"),
    ],
)
def test_a_database_that_refuses_is_said_in_words(client, monkeypatch, message, chinese, english):
    def refuses(*_args, **_how):
        raise OperationalError(message)

    client.raise_request_exception = False
    monkeypatch.setattr("wxadmin.urls.favicon", refuses)
    answer = client.get("/favicon.ico")
    is_ours(answer, 503, chinese, english)
    assert message not in answer.content.decode()
