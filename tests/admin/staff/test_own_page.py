"""One's own page: name, language, and where one is signed in."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followers.models import StaffSession

from .conftest import ENGLISH

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605 MicroMessenger/8.0.50"


@pytest.fixture
def user(make_member, account):
    return make_member("ann", "marketer", account, email="ann@example.com")


def browser(agent=CHROME, password="old", **headers):
    """Signed in by the sign-in page."""
    client = Client(headers={"user-agent": agent, **ENGLISH, **headers})
    form = {"username": "ann", "password": password, "next": "/admin/"}
    assert client.post("/admin/login/", form).status_code == 302
    return client


def is_in(client):
    return client.get("/admin/").status_code == 200


def test_the_name_is_changed_and_the_mail_is_not(user):
    client = browser()
    form = {"name": "安妮", "email": "else@example.com", "language": "en"}
    page = client.post("/admin/me/", form, follow=True)
    assert "安妮" in page.text
    user = User.objects.get(pk=user.pk)
    assert (user.first_name, user.email) == ("安妮", "ann@example.com")


def test_an_administrator_changes_their_mail(make_member, account):
    make_member("ann", "administrator", account)
    browser().post("/admin/me/", {"name": "", "email": "new@example.com", "language": "en"})
    assert User.objects.get(username="ann").email == "new@example.com"


def test_no_other_field_is_taken(user):
    form = {"name": "x", "language": "en", "is_superuser": "on", "role": "administrator"}
    browser().post("/admin/me/", {**form, "username": "root"})
    user = User.objects.get(pk=user.pk)
    assert (user.username, user.is_superuser) == ("ann", False)
    assert [it.role.key for it in user.groups.all()] == ["marketer"]


def test_the_language_is_that_of_every_device(user):
    one, other = browser(), browser(WECHAT)
    one.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})
    assert "我的页面" in other.get("/admin/me/").text
    other.post("/admin/me/", {"name": "", "language": "en"})
    assert "My page" in one.get("/admin/me/").text


def test_nobody_else_s_language_changes(user, make_member, account, sign_in):
    other = sign_in(make_member("bob", "viewer", account))
    browser().post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})
    assert "My page" in other.get("/admin/me/").text


def test_each_device_is_listed(user):
    one, _other = browser(), browser(WECHAT)
    page = one.get("/admin/me/").text
    assert "Chrome · Windows" in page
    assert "WeChat · iPhone" in page
    assert "127.0.0.1" in page
    assert page.count("This device") == 1


def other_session(page):
    return re.search(r'name="session" value="(\w+)"', page.text)[1]


def test_another_session_is_ended_and_no_more(user):
    one, other, third = browser(), browser(WECHAT), browser(WECHAT)
    named = other_session(one.get("/admin/me/"))
    one.post("/admin/me/sign-out/", {"session": named})
    assert is_in(one)
    assert is_in(other) + is_in(third) == 1
    one.post("/admin/me/sign-out/")
    assert is_in(one)
    assert not is_in(other)
    assert not is_in(third)


def test_the_session_of_somebody_else_is_not_found(user, make_member, account):
    one = browser()
    foreign = Session.objects.get().pk
    make_member("eve", "viewer", account)
    eve = Client()
    eve.post("/admin/login/", {"username": "eve", "password": "old", "next": "/admin/"})
    assert eve.post("/admin/me/sign-out/", {"session": foreign[-8:]}).status_code == 404
    eve.post("/admin/me/sign-out/")
    assert is_in(one)
    assert is_in(eve)


def leave_alone(**time):
    """As if nobody had asked for anything for so long."""
    session = Session.objects.get()
    data = session.get_decoded()
    data["seen_at"] = (datetime.fromisoformat(data["seen_at"]) - timedelta(**time)).isoformat()
    session.session_data = SessionStore().encode(data)
    session.expire_date -= timedelta(**time)
    session.save()


def test_who_does_nothing_for_twelve_hours_signs_in_again(user):
    client = browser()
    leave_alone(hours=11, minutes=59)
    assert is_in(client)
    # That page began another twelve hours.
    leave_alone(hours=11, minutes=59)
    assert is_in(client)
    leave_alone(hours=12)
    assert not is_in(client)


def test_a_page_that_is_left_open_is_nobody(user, make_run, account):
    client = browser()
    address = f"/admin/followers/syncrun/{make_run(account, 'running').pk}/progress/"
    leave_alone(hours=11)
    before = Session.objects.get().expire_date
    alone = client.get(address, headers={"accept": "application/json"})
    assert alone.status_code == 200
    assert Session.objects.get().expire_date == before
    client.get("/admin/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert Session.objects.get().expire_date > before


def test_signing_out_leaves_no_row(user):
    client = browser()
    assert StaffSession.objects.count() == 1
    client.post("/admin/logout/")
    assert StaffSession.objects.count() == 0


def test_a_new_password_ends_the_others_and_keeps_this_one(user):
    one, other = browser(), browser(WECHAT)
    new = "Chaye-2026-x"
    form = {"old_password": "old", "new_password1": new, "new_password2": new}
    assert one.post("/admin/password_change/", form).status_code == 302
    assert is_in(one)
    assert not is_in(other)
    assert one.get("/admin/me/").text.count("This device") == 1


def test_an_administrator_signs_somebody_out_everywhere(user, make_member, account, sign_in):
    one, other = browser(), browser(WECHAT)
    chief = sign_in(make_member("chief", "administrator", account))
    page = chief.post(f"/admin/auth/user/{user.pk}/sign-out/", follow=True)
    assert "Signed out on 2 devices." in page.text
    assert not is_in(one)
    assert not is_in(other)


def test_who_is_deactivated_is_out_at_once(user, make_member, account, sign_in):
    client = browser()
    chief = sign_in(make_member("chief", "administrator", account))
    chief.post(f"/admin/auth/user/{user.pk}/activate/")
    assert not is_in(client)
    again = {"username": "ann", "password": "old"}
    assert "next" in client.post("/admin/login/", again).text
    chief.post(f"/admin/auth/user/{user.pk}/activate/", {"active": "1"})
    assert is_in(browser())


@pytest.mark.parametrize(
    ("https", "address"), [(None, "127.0.0.1"), (("HTTP_X_FORWARDED_PROTO", "https"), "5.6.7.8")]
)
def test_the_address_is_the_proxy_s_word_only_where_there_is_one(user, settings, https, address):
    settings.SECURE_PROXY_SSL_HEADER = https
    browser(**{"x-forwarded-for": "1.2.3.4, 5.6.7.8"})
    assert StaffSession.objects.get().address == address


def test_a_page_costs_no_query_more_for_it(user):
    listed, forced = browser(), Client(headers=ENGLISH)
    forced.force_login(user)
    counts = []
    for client in (listed, forced):
        client.get("/admin/password_change/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/password_change/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
