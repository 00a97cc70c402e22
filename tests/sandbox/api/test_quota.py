import pytest

from ..caller import LIST, Caller
from ..conftest import Clock, Start

QUOTA = "/cgi-bin/openapi/quota/get"


def quota(wechat: Caller, path: object = LIST) -> dict[str, int]:
    return wechat.post(QUOTA, {"cgi_path": path}, access_token=wechat.token)["quota"]


def test_the_answer_has_the_documented_shape(wechat: Caller):
    answer = wechat.post(QUOTA, {"cgi_path": LIST}, access_token=wechat.token)
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    assert set(answer["quota"]) == {"daily_limit", "used", "remain"}
    assert set(answer["rate_limit"]) == {"call_count", "refresh_second"}


def test_calls_are_counted(wechat: Caller):
    wechat.walk()
    assert quota(wechat) == {"daily_limit": 500, "used": 4, "remain": 496}
    assert quota(wechat, QUOTA)["used"] == 2


def test_the_usual_limit_is_told_but_not_enforced(wechat: Caller):
    for _ in range(501):
        wechat.sandbox.simulation.default.count_call(LIST)
    assert quota(wechat) == {"daily_limit": 500, "used": 501, "remain": 0}
    assert wechat.page()["total"] == 23


def test_a_limit_of_the_options_is_told_and_enforced(start: Start):
    wechat = start(quotas={LIST: 2})
    assert [wechat.page().get("errcode") for _ in range(3)] == [None, None, 45009]
    assert quota(wechat) == {"daily_limit": 2, "used": 2, "remain": 0}


def test_counting_starts_anew_at_midnight_in_beijing(start: Start, clock: Clock):
    wechat = start(clock=clock, token_ttl=10**6)
    wechat.page()
    clock.forward(16 * 3600)
    assert quota(wechat)["used"] == 0


@pytest.mark.parametrize("path", ["/cgi-bin/user/got", "user/get", None, ["x"], 5])
def test_an_unknown_path(wechat: Caller, path: object):
    answer = wechat.post(QUOTA, {"cgi_path": path}, access_token=wechat.token)
    assert answer["errcode"] == 76021


def test_it_needs_a_token(wechat: Caller):
    assert wechat.post(QUOTA, {"cgi_path": LIST})["errcode"] == 41001
