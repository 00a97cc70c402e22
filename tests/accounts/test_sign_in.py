"""Wrong passwords: five of one name from one address, fifty from an address, then a wait."""

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followers.accounts import sign_in

RIGHT = "a long password"
HERE, THERE = "198.51.100.1", "198.51.100.2"
WRONG = {"en": "The name or the password is wrong.", "zh-hans": "用户名或密码不正确。"}
WAIT = {
    "en": "Too many wrong passwords: wait 10 minutes, then try again.",
    "zh-hans": "密码错误次数过多：请等待 10 分钟后再试。",
}


@pytest.fixture(autouse=True)
def people(db):
    for name in ("ann", "bob"):
        User.objects.create_user(name, password=RIGHT, is_staff=True)


def try_password(password, name="ann", address=HERE, language="en", **headers):
    client = Client(REMOTE_ADDR=address, headers={"accept-language": language, **headers})
    return client.post("/admin/login/", {"username": name, "password": password})


def is_let_in(name="ann", address=HERE):
    return try_password(RIGHT, name, address).status_code == 302


def lock(name="ann", address=HERE):
    for _ in range(5):
        answer = try_password("wrong", name, address)
    return answer


def pass_time(**time):
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(**time))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_one_sentence_says_what_was_wrong_and_how_long_to_wait(language):
    for _ in range(4):
        answer = try_password("wrong", language=language)
        assert (answer.status_code, WRONG[language] in answer.text) == (200, True)
    answer = try_password("wrong", language=language)
    assert (answer.status_code, WAIT[language] in answer.text) == (429, True)
    assert WRONG[language] not in answer.text


def test_who_waits_gets_in_and_who_goes_on_trying_too():
    lock()
    assert not is_let_in()
    pass_time(minutes=9)
    answer = try_password(RIGHT)
    assert "wait 1 minute, then" in answer.text
    pass_time(minutes=1)
    assert is_let_in()


def test_others_and_other_addresses_are_let_in():
    lock()
    assert is_let_in("bob")
    assert is_let_in(address=THERE)


def test_another_browser_is_no_other_address():
    for number in range(5):
        try_password("wrong", **{"user-agent": f"browser {number}"})
    assert not is_let_in()


def test_a_right_password_forgets_the_wrong_ones():
    for _ in range(3):
        for _ in range(4):
            try_password("wrong")
        assert is_let_in()


def test_an_address_that_tries_many_names_waits_with_every_name():
    for number in range(50):
        assert try_password("wrong", f"name{number}").status_code == (429 if number == 49 else 200)
    assert not is_let_in()
    assert is_let_in(address=THERE)


def test_signing_in_between_does_not_get_an_address_more():
    for number in range(49):
        try_password("wrong", f"name{number}")
    assert is_let_in()
    try_password("wrong", "another")
    assert not is_let_in()


def test_who_is_refused_costs_no_check_of_a_password_and_writes_nothing(monkeypatch):
    lock()
    monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("it was checked"))
    with CaptureQueriesContext(connection) as queries:
        assert try_password(RIGHT).status_code == 429
    assert [it["sql"] for it in queries if not it["sql"].startswith("SELECT")] == []


@pytest.mark.parametrize("https", [True, False])
def test_the_address_behind_a_proxy_is_the_browser_s(https, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if https else None
    for number in range(5):
        try_password("wrong", address="10.0.0.1", **{"x-forwarded-for": f"203.0.113.{number}"})
    # Without a proxy, the header is whatever somebody sends.
    assert is_let_in(address="10.0.0.1") == https


def test_all_addresses_of_an_ipv6_network_are_one():
    for number in range(5):
        try_password("wrong", address=f"2001:db8:0:1::{number + 1}")
    assert not is_let_in(address="2001:db8:0:1:ffff::")
    assert is_let_in(address="2001:db8:0:2::1")


def test_no_address_is_one_too():
    for _ in range(5):
        try_password("wrong", address="")
    assert {it.ip_address for it in AccessAttempt.objects.all()} == {sign_in.NO_ADDRESS}
    assert not is_let_in(address="")


def test_passwords_are_kept_nowhere():
    lock()
    try_password("the secret one", "bob")
    kept = str(list(AccessAttempt.objects.values()))
    assert "the secret one" not in kept
    assert "wrong" not in kept


def test_what_has_run_out_is_deleted():
    lock()
    pass_time(minutes=11)
    try_password("wrong", "bob")
    assert AccessAttempt.objects.get().username == "bob"


@pytest.mark.parametrize("name", ["x" * 10_000, "a\x00b", "", "' or 1=1 --", "<script>"])
def test_names_that_nobody_has(name):
    for _ in range(6):
        assert try_password("wrong", name).status_code in {200, 429}


@pytest.mark.parametrize("name", ["Ann", "ANN", "ａｎｎ"])
def test_all_spellings_of_a_name_open_the_same_door(name):
    assert is_let_in(name)


def test_all_spellings_of_a_name_are_counted_as_one():
    for name in ("ann", "Ann", "aNN", "anN", "ANN"):
        try_password("wrong", name)
    assert not is_let_in("ann")
    assert not is_let_in("AnN")
    call_command("axes_reset_username", "Ann", stdout=StringIO())
    assert is_let_in("AnN")


def test_a_right_password_forgets_the_wrong_ones_of_other_spellings():
    for _ in range(3):
        for name in ("Ann", "aNN", "anN", "ANN"):
            try_password("wrong", name)
        assert is_let_in("AnN")


def test_whoever_waits_writes_no_line_into_the_log_and_others_do(caplog):
    lock()
    assert try_password("wrong").status_code == 429
    assert [it for it in caplog.records if it.levelname == "WARNING"] == []
    Client().get("/admin/nowhere/x/")
    Client().get("/nowhere/")
    assert "Not Found: /nowhere/" in caplog.text


@pytest.fixture
def open_browser(client):
    """Where ann is signed in, and somebody else sits now."""
    client.force_login(User.objects.get(username="ann"))
    return client


def guess(browser, old, language="en", address=HERE, new="a new long one", again=None):
    form = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return browser.post(
        "/admin/password_change/",
        form,
        REMOTE_ADDR=address,
        headers={"accept-language": language},
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_old_password_is_guessed_no_more_often_than_at_the_sign_in(open_browser, language):
    for _ in range(4):
        answer = guess(open_browser, "wrong", language)
        assert (answer.status_code, WAIT[language] in answer.text) == (200, False)
    for old in ("wrong", RIGHT):
        answer = guess(open_browser, old, language)
        assert (answer.status_code, WAIT[language] in answer.text) == (429, True)
    assert User.objects.get(username="ann").check_password(RIGHT)
    assert not is_let_in()
    assert guess(open_browser, RIGHT, address=THERE).status_code == 302


def test_who_guesses_the_old_password_is_told_nothing_beside_the_wait(open_browser):
    lock()
    answer = guess(open_browser, "wrong", new="12", again="34")
    assert answer.context["form"].errors == {"old_password": [WAIT["en"]]}


def test_the_right_old_password_forgets_the_wrong_ones(open_browser):
    for _ in range(3):
        for _ in range(4):
            guess(open_browser, "wrong")
        answer = guess(open_browser, RIGHT, again="another")
        assert list(answer.context["form"].errors) == ["new_password2"]


def test_guesses_of_the_old_password_are_kept_nowhere(open_browser):
    guess(open_browser, "the secret one", new="a long new one")
    guess(open_browser, "another secret", new="a long new one")
    kept = str(list(AccessAttempt.objects.values()))
    assert [it for it in ("secret", "long new") if it in kept] == []
    assert "old_password" in kept


def test_inactive_people_are_told_the_same():
    User.objects.filter(username="ann").update(is_active=False)
    assert WRONG["en"] in try_password(RIGHT).text
