import pytest

from followers.sandbox import Sandbox

from ..caller import CLASSIC, LIST, STABLE, Caller, ids
from ..conftest import Clock, Start


def test_23000_followers_are_three_pages_and_one_more(start: Start):
    wechat = start(followers=23_000, page_size=10_000)
    pages = wechat.walk()
    assert [page["count"] for page in pages] == [10_000, 10_000, 3_000, 0]
    assert {page["total"] for page in pages} == {23_000}
    assert len(set(ids(pages))) == len(ids(pages)) == 23_000


def test_a_page_ends_with_its_cursor(wechat: Caller):
    for page in wechat.walk()[:-1]:
        assert page["next_openid"] == page["data"]["openid"][-1]


def test_the_page_after_the_last(wechat: Caller):
    assert wechat.walk()[-1] == {"total": 23, "count": 0, "next_openid": ""}


def test_an_account_without_followers(start: Start):
    assert start(followers=0).walk() == [{"total": 0, "count": 0, "next_openid": ""}]


def test_a_full_last_page_is_followed_by_the_empty_one(start: Start):
    assert [page["count"] for page in start(followers=20).walk()] == [10, 10, 0]


def test_the_first_page_holds_a_blank_id(wechat: Caller):
    blanks = [page.get("data", {}).get("openid", []).count("") for page in wechat.walk()]
    assert blanks == [1, 0, 0, 0]


def test_the_blank_id_can_be_left_out(start: Start):
    assert "" not in start(blank_id=False).page()["data"]["openid"]


@pytest.mark.parametrize("cursor", ["NEXT_OPENID", "o" * 28])
def test_an_unknown_cursor(wechat: Caller, cursor: str):
    assert wechat.page(cursor)["errcode"] == 40003


def test_a_cursor_of_one_who_never_followed(wechat: Caller):
    stranger = wechat.sandbox.population.openid_codec.encode(3)
    assert stranger not in wechat.sandbox.followers()
    assert wechat.page(stranger)["errcode"] == 40003


@pytest.mark.parametrize(("strict", "code"), [(False, None), (True, 40003)])
def test_the_cursor_of_one_who_has_left(start: Start, strict: bool, code: int | None):
    wechat = start(strict_cursor=strict)
    cursor = wechat.page()["next_openid"]
    wechat.sandbox.population.leave([cursor])
    assert wechat.page(cursor).get("errcode") == code


def test_the_list_changes_in_the_middle_of_a_walk(wechat: Caller):
    first = wechat.page()
    gone = wechat.page(first["next_openid"])["data"]["openid"][:4]
    wechat.sandbox.population.leave(gone)
    second = wechat.page(first["next_openid"])
    assert second["total"] == 19
    assert not set(gone) & set(second["data"]["openid"])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_seed_decides_who_follows(start: Start, seed: int):
    again = people_of(seed)
    assert (set(ids(start(seed=1).walk())) == again) is (seed == 1)


def people_of(seed: int) -> set[str]:
    with Sandbox(23, seed) as sandbox:
        return sandbox.followers()


@pytest.mark.parametrize("path", ["/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"])
def test_addresses(wechat: Caller, path: str):
    answer = wechat.get(path, access_token=wechat.token)
    assert "101.89.47.18" in answer["ip_list"]


@pytest.mark.parametrize(
    ("change", "stable", "classic"),
    [
        ({"appid": "wx0000000000000000"}, 40013, 40013),
        ({"secret": "wrong"}, 40125, 40001),
        ({"grant_type": "password"}, 40002, 40002),
        ({"appid": ""}, 41002, 41002),
        ({"secret": ""}, 41004, 41004),
    ],
)
def test_a_token_is_refused(wechat: Caller, change: dict[str, str], stable: int, classic: int):
    assert wechat.stable(**change)["errcode"] == stable
    assert wechat.classic(**change)["errcode"] == classic


def test_both_kinds_of_token_work(wechat: Caller):
    for answer in (wechat.stable(), wechat.classic()):
        assert 7100 < answer["expires_in"] <= 7200
        assert wechat.get(LIST, access_token=answer["access_token"])["total"] == 23


@pytest.mark.parametrize(("body", "code"), [(b"", 44002), (b"a=b", 47001), (b"[]", 47001)])
def test_a_body_that_is_no_json_object(wechat: Caller, body: bytes, code: int):
    assert wechat.response(STABLE, "POST", data=body).json()["errcode"] == code


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", STABLE, 43002),
        ("POST", CLASSIC, 43001),
        ("POST", LIST, 43001),
        ("GET", "/cgi-bin/user/got", 40066),
    ],
)
def test_the_wrong_way_to_ask(wechat: Caller, method: str, path: str, code: int):
    assert wechat.response(path, method).json()["errcode"] == code


def test_a_call_without_token(wechat: Caller):
    assert wechat.get(LIST)["errcode"] == 41001
    assert wechat.get(LIST, access_token="short")["errcode"] == 40014


def test_a_token_expires(start: Start, clock: Clock):
    wechat = start(clock=clock, token_ttl=600)
    assert wechat.page()["total"] == 23
    clock.forward(600)
    assert wechat.page()["errcode"] == 42001


def test_force_refresh_kills_the_token(wechat: Caller):
    assert wechat.page()["total"] == 23
    wechat.stable(force_refresh=True)
    assert wechat.page()["errcode"] == 40001


def test_a_daily_quota_lasts_until_midnight_in_beijing(start: Start, clock: Clock):
    wechat = start(clock=clock, quotas={LIST: 2}, token_ttl=10**6)
    assert [wechat.page().get("errcode") for _ in range(3)] == [None, None, 45009]
    clock.forward(16 * 3600 - 1)
    assert wechat.page()["errcode"] == 45009
    clock.forward(1)
    assert wechat.page()["total"] == 23


def test_accounts_have_people_and_tokens_of_their_own(start: Start):
    wechat = start(other_accounts=[("wx0123456789abcdef", "other", 5)])
    other = wechat.stable(appid="wx0123456789abcdef", secret="other")["access_token"]
    people = wechat.get(LIST, access_token=other)
    assert people["total"] == 5
    assert not set(ids([people])) & wechat.sandbox.followers()
    assert wechat.page()["total"] == 23


def test_errors_come_with_status_200_and_an_rid(wechat: Caller):
    response = wechat.response(LIST)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert response.json()["errmsg"].startswith("access_token missing rid: ")


def test_json_as_plain_text(start: Start):
    assert start(content_type="text/plain").raw_page().headers["Content-Type"] == "text/plain"
