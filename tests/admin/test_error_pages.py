"""The pages for what goes wrong: in both languages, with a way back."""

import pytest
from django.test import Client
from django.views import defaults


def is_ours(answer, status, chinese, english):
    text = answer.content.decode()
    assert answer.status_code == status
    assert chinese in text
    assert english in text
    assert 'href="/admin/"' in text


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
