"""From an invitation to the first sign-in, and what a link is worth afterwards."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from followers.admin.staff import passwords
from followers.models import Invitation, StaffPreference

from .conftest import ENGLISH, lets_in

PASSWORD = "Chaye-2026-x"
SET = {"new_password1": PASSWORD, "new_password2": PASSWORD}
ADD = "/admin/auth/user/add/"


@pytest.fixture
def admin(make_member, account, sign_in):
    return sign_in(make_member("chief", "administrator", account))


@pytest.fixture
def invited(admin, account):
    """(the link, the person), as the page shows it."""
    form = {"username": "wang", "name": "王芳", "role": "marketer", "accounts": [account.pk]}
    page = admin.post(ADD, form, follow=True)
    return link_of(page), User.objects.get(username="wang")


def link_of(page):
    found = re.search(r'id="invitation-link"[^>]* value="http://testserver([^"]+)"', page.text)
    return found[1] if found else None


def open_link(link, browser=None):
    """The page behind it, which has no token in its address."""
    browser = browser or Client(headers=ENGLISH)
    page = browser.get(link, follow=True)
    return browser, page


def works(link):
    return "does not work any more" not in open_link(link)[1].text


@pytest.mark.parametrize("name", ["wang", "Wang", "WANG", "ｗａｎｇ"])
def test_a_name_that_somebody_has_is_refused_in_any_case(invited, admin, account, name):
    form = {"username": name, "role": "marketer", "accounts": [account.pk]}
    page = admin.post(ADD, form)
    said = "There is already a member “wang”. Upper and lower case are the same."
    assert page.context["errors"] == [[said]]
    assert said in page.text


def test_full_width_letters_are_the_usual_ones(admin, account):
    """As the sign-in page takes them."""
    admin.post(ADD, {"username": "ｌｉ", "role": "marketer", "accounts": [account.pk]})
    assert User.objects.filter(username="li").exists()


def test_the_link_sets_a_password_once_and_signs_in(invited, account):
    link, user = invited
    browser, page = open_link(link)
    address = page.redirect_chain[-1][0]
    assert link.split("/")[-2] not in address
    assert "王芳" in page.text
    assert "wang" in page.text
    home = browser.post(address, SET, follow=True)
    assert home.redirect_chain[-1][0] == "/admin/"
    assert home.wsgi_request.user == user
    assert not works(link)
    assert lets_in("wang", PASSWORD)
    assert list(user.official_accounts.all()) == [account]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda admin, user: age(user),
        lambda admin, user: admin.post(f"/admin/auth/user/{user.pk}/invite/"),
        lambda admin, user: admin.post(f"/admin/auth/user/{user.pk}/activate/"),
        lambda admin, user: admin.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"}),
    ],
    ids=["72 hours", "a newer one", "deactivated", "deleted"],
)
def test_a_link_dies(admin, invited, spoil):
    link, user = invited
    assert works(link)
    spoil(admin, user)
    page = open_link(link)[1]
    assert "does not work any more" in page.text
    assert "Ask whoever invited you" in page.text


def change(admin, user, account, **said):
    form = {"name": "王芳", "email": "", "role": "marketer", "accounts": [account.pk], **said}
    return admin.post(f"/admin/auth/user/{user.pk}/change/", form, follow=True)


OTHER_ADDRESS = "so the link from before does not work any more"


def test_another_address_ends_the_link_and_the_page_offers_another(admin, invited, account):
    """It may have been mailed to somebody else."""
    link, user = invited
    page = change(admin, user, account, email="wang@example.com")
    assert OTHER_ADDRESS in page.text
    assert works(link_of(page))
    assert link_of(page) != link
    dead = open_link(link)[1].text
    assert "your e-mail address has changed" in dead


def test_what_leaves_the_address_leaves_the_link(admin, invited, account):
    link, user = invited
    page = change(admin, user, account, name="王芳芳", role="viewer")
    assert OTHER_ADDRESS not in page.text
    assert page.redirect_chain[-1][0] == "/admin/auth/user/"
    assert works(link)


def test_another_address_without_a_link_that_works_is_no_news(admin, invited, account):
    age(invited[1])
    assert OTHER_ADDRESS not in change(admin, invited[1], account, email="w@example.com").text


def test_a_link_stays_dead_when_somebody_may_come_back(admin, invited):
    link, user = invited
    for active in ("", "1"):
        admin.post(f"/admin/auth/user/{user.pk}/activate/", {"active": active})
    assert User.objects.get(pk=user.pk).is_active
    assert not works(link)
    assert "Link expired" in admin.get("/admin/auth/user/").text


def test_of_two_at_the_same_moment_one_sets_the_password(invited, monkeypatch):
    link, user = invited
    browser, page = open_link(link)
    read = passwords.invitations.tokens.check_token

    def meanwhile(user, token):
        works = read(user, token)
        Invitation.objects.update(used_at=timezone.now())
        return works

    monkeypatch.setattr(passwords.invitations.tokens, "check_token", meanwhile)
    answer = browser.post(page.redirect_chain[-1][0], SET)
    assert "does not work any more" in answer.text
    assert not User.objects.get(pk=user.pk).has_usable_password()


def age(user):
    Invitation.objects.update(created_at=timezone.now() - timedelta(hours=72, seconds=1))


def test_a_new_link_works_and_is_shown(admin, invited):
    old, user = invited
    page = admin.post(f"/admin/auth/user/{user.pk}/invite/", follow=True)
    assert link_of(page) != old
    assert works(link_of(page))


def test_a_link_for_a_new_password_ends_the_old_one(admin, make_member, account):
    user = make_member("li", "viewer", account)
    elsewhere = Client()
    elsewhere.force_login(user)
    page = admin.post(f"/admin/auth/user/{user.pk}/invite/", follow=True)
    browser, page = open_link(link_of(page))
    browser.post(page.redirect_chain[-1][0], SET)
    assert elsewhere.get("/admin/").status_code == 302
    assert not lets_in("li", "old")


def test_the_page_after_use_shows_no_link(admin, invited):
    link, user = invited
    browser, page = open_link(link)
    browser.post(page.redirect_chain[-1][0], SET)
    assert link_of(admin.get(f"/admin/auth/user/{user.pk}/change/")) is None


def test_a_weak_password_is_refused_in_words(invited):
    browser, page = open_link(invited[0])
    weak = {"new_password1": "12345678", "new_password2": "12345678"}
    page = browser.post(page.redirect_chain[-1][0], weak)
    assert "This password is too common." in page.text


def test_the_link_is_mailed(admin, account, settings):
    settings.SITE_URL = "https://wx.example.com"
    form = {"username": "wang", "name": "王芳", "email": "wang@example.com", "role": "viewer"}
    admin.post(ADD, {**form, "accounts": [account.pk], "send_mail": "on"})
    [sent] = mail.outbox
    assert sent.to == ["wang@example.com"]
    assert "王芳" in sent.body
    [link] = re.findall(r"https://wx\.example\.com(/admin/invitation/\S+)", sent.body)
    assert works(link)


def test_without_an_address_the_link_is_there_to_copy(admin):
    form = {"username": "wang", "role": "viewer", "send_mail": "on"}
    assert works(link_of(admin.post(ADD, form, follow=True)))
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_told(admin, invited, settings, account):
    User.objects.filter(username="wang").update(email="wang@example.com")
    settings.EMAIL_BACKEND = "tests.admin.staff.test_invitations.Away"
    page = admin.post(f"/admin/auth/user/{invited[1].pk}/mail/", follow=True)
    assert "did not take the mail" in page.text
    assert link_of(page)


class Away:
    def __init__(self, **_options):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError


def test_without_a_mail_server_nothing_offers_mail(admin, invited, client, settings):
    User.objects.filter(username="wang").update(email="wang@example.com")
    address = f"/admin/auth/user/{invited[1].pk}/change/"
    assert "Send it by e-mail" in admin.get(address).text
    settings.EMAIL_BACKEND = "followers.alerts.mail.DeadlineBackend"
    assert "Send it by e-mail" not in admin.get(address).text
    assert "send_mail" not in admin.get(ADD).text
    assert "password/forgotten" not in client.get("/admin/login/").text
    assert client.get("/admin/password/forgotten/").status_code == 404


# --- A password that was forgotten ---------------------------------------------------------------


FORGOTTEN = "/admin/password/forgotten/"


class AtOnce:
    """A thread that has ended before anybody looks."""

    def __init__(self, target, args, daemon):
        target(*args)

    def start(self):
        pass


@pytest.mark.parametrize("site", ["", "https://wx.example.com"])
def test_a_forgotten_password_is_set_anew_by_mail(
    client, make_member, account, settings, monkeypatch, site
):
    monkeypatch.setattr(passwords, "Thread", AtOnce)
    settings.SITE_URL = site
    make_member("li", "viewer", account, email="li@example.com")
    assert FORGOTTEN in client.get("/admin/login/").text
    client.post(FORGOTTEN, {"email": "li@example.com"})
    [sent] = mail.outbox
    address = re.escape(site or "http://testserver")
    [link] = re.findall(rf"{address}(/admin/password/\S+)", sent.body)
    browser, page = open_link(link)
    assert browser.post(page.redirect_chain[-1][0], SET).status_code == 302
    assert lets_in("li", PASSWORD)
    assert not works(link)


def test_nobody_is_flooded_with_mails(client, make_member, account, monkeypatch):
    monkeypatch.setattr(passwords, "Thread", AtOnce)
    make_member("li", "viewer", account, email="li@example.com")
    for address in ("li@example.com", "li@example.com", "nobody@example.com"):
        assert client.post(FORGOTTEN, {"email": address}).status_code == 302
    assert [it.to for it in mail.outbox] == [["li@example.com"]]


def test_the_same_is_done_for_an_address_that_nobody_has(client, make_member, account, monkeypatch):
    made = []
    render = passwords.render_to_string
    monkeypatch.setattr(passwords, "Thread", AtOnce)
    monkeypatch.setattr(
        passwords, "render_to_string", lambda *given: made.append(given[0]) or render(*given)
    )
    make_member("li", "viewer", account, email="li@example.com")
    for address in ("li@example.com", "nobody@example.com"):
        client.post(FORGOTTEN, {"email": address})
    assert made[: len(made) // 2] == made[len(made) // 2 :]


@pytest.mark.parametrize("address", ["li@example.com", "nobody@example.com"])
def test_the_answer_does_not_tell_whether_an_address_is_known(
    client, make_member, account, address
):
    make_member("li", "viewer", account, email="li@example.com")
    page = client.post(FORGOTTEN, {"email": address}, follow=True, headers=ENGLISH)
    assert page.redirect_chain == [("/admin/password/sent/", 302)]
    assert address not in page.text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Whoever asks again within 2 minutes gets no second mail."),
        ("zh-CN", "2 分钟内重复申请，不会再次发送邮件。"),
    ],
)
def test_the_page_afterwards_says_when_a_second_mail_is_sent(client, language, sentence):
    assert passwords.MAIL_EVERY == 120
    page = client.get("/admin/password/sent/", headers={"accept-language": language})
    assert sentence in page.text


def test_the_reader_reads_it_in_their_language(invited):
    page = Client(headers={"accept-language": "zh-CN"}).get(invited[0], follow=True)
    assert "欢迎，王芳" in page.text
    assert StaffPreference.objects.count() == 0
