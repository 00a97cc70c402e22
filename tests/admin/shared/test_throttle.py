"""Buttons that ask WeChat at once: every call is in the books, and none is wasted."""

import pytest

from followers.accounts import usage
from followers.admin.shared import throttle
from followers.models import ApiUsage
from followers.sandbox import Sandbox
from tests.factories import follow

ENGLISH = {"accept-language": "en"}
TOKEN = "/cgi-bin/stable_token"
BATCHGET = "/cgi-bin/user/info/batchget"


@pytest.fixture
def sandbox(account, settings):
    with Sandbox(20, app_id=account.app_id, app_secret=account.app_secret) as sandbox:
        settings.WECHAT_API_BASE_URL = sandbox.url
        yield sandbox


@pytest.fixture(autouse=True)
def long_pause(monkeypatch):
    """A slow machine needs longer for a page than a person for a second press."""
    monkeypatch.setattr(throttle, "PAUSE_SECONDS", 600)


@pytest.fixture
def addresses(account, sandbox):
    home = f"/admin/followers/officialaccount/{account.pk}"
    person = follow(account, min(sandbox.followers()))
    one = f"/admin/followers/follower/{person.pk}/refresh/"
    return {"test": f"{home}/test/", "quota": f"{home}/quota/", "refresh": one}


def booked():
    return {path: calls for path, calls in ApiUsage.objects.values_list("path", "calls") if calls}


def press(client, address):
    return client.post(address, follow=True, headers=ENGLISH).text


@pytest.mark.parametrize("button", ["test", "quota", "refresh"])
def test_every_call_is_in_the_books_and_a_second_press_makes_none(
    staff, sandbox, addresses, button
):
    assert "a moment ago" not in press(staff, addresses[button])
    made = dict(sandbox.state["calls"])
    assert made
    assert booked() == made
    assert "Wait 600 seconds" in press(staff, addresses[button])
    assert sandbox.state["calls"] == made


def test_a_refused_test_is_booked_as_well(staff, account, sandbox, addresses):
    sandbox.fault("40164")
    press(staff, addresses["test"])
    assert booked() == dict(sandbox.state["calls"])


def test_others_need_not_wait(staff, make_staff, account, addresses, forget_cached):
    other = make_staff(account, "sync_officialaccount")
    assert "Connected" in press(staff, addresses["test"])
    assert "Connected" in press(other, addresses["test"])
    forget_cached()
    assert "Connected" in press(staff, addresses["test"])


def test_tests_leave_tokens_for_the_syncs(staff, account, sandbox, addresses):
    usage.record_calls(account.pk, {TOKEN: usage.MAX_TOKENS_FOR_TESTS})
    assert "tested so often today" in press(staff, addresses["test"])
    assert not sandbox.state["calls"]
