import json
import re

import pytest

from followers.sandbox import FAULTS

from ..caller import CLASSIC, LIST, STABLE, Caller, ids
from ..conftest import Start

IPS = "/cgi-bin/getcallbackip"
CODES = [name for name in FAULTS if re.fullmatch(r"-?\d+", name)]


def errcodes(wechat: Caller, calls: int) -> list[int]:
    return [wechat.page().get("errcode", 0) for _ in range(calls)]


@pytest.mark.parametrize("name", [name for name in CODES if FAULTS[name].scope in ("all", "token")])
def test_refusals_of_the_token_endpoints(wechat: Caller, name: str):
    wechat.sandbox.fault(name, count=2)
    answers = [wechat.stable(), wechat.classic(), wechat.stable()]
    assert [answer.get("errcode") for answer in answers] == [int(name), int(name), None]


@pytest.mark.parametrize("name", [name for name in CODES if FAULTS[name].scope in ("api", "list")])
def test_refusals_of_the_other_endpoints(wechat: Caller, name: str):
    wechat.sandbox.fault(name, count=1)
    assert "access_token" in wechat.stable()
    assert errcodes(wechat, 2) == [int(name), 0]


@pytest.mark.parametrize("name", ["40125", "40013", "40243", "89503"])
def test_wrong_credentials_end_living_tokens(wechat: Caller, name: str):
    assert wechat.page()["total"] == 23
    wechat.sandbox.fault(name)
    assert wechat.page()["errcode"] == 40001


def test_a_lost_place_in_the_list(wechat: Caller):
    wechat.sandbox.fault("40003", count=1)
    first = wechat.page()
    assert wechat.page(first["next_openid"])["errcode"] == 40003
    assert wechat.page(first["next_openid"])["count"] == 10


@pytest.mark.parametrize("name", ["40164", "61004"])
def test_the_ip_stands_in_the_message(wechat: Caller, name: str):
    wechat.sandbox.fault(name, ip="198.51.100.9")
    assert "198.51.100.9" in wechat.page()["errmsg"]


def test_a_fault_lasts_until_it_is_switched_off(wechat: Caller):
    fault = wechat.sandbox.fault("-1")
    wechat.sandbox.fault("42001", path=IPS)
    assert errcodes(wechat, 5) == [-1] * 5
    assert wechat.sandbox.clear(fault.id) == 1
    assert errcodes(wechat, 1) == [0]
    assert wechat.sandbox.clear() == 1


def test_a_fault_may_wait_for_some_calls(wechat: Caller):
    wechat.sandbox.fault("45009", count=2, after=1)
    assert errcodes(wechat, 4) == [0, 45009, 45009, 0]


def test_faults_queue_up(wechat: Caller):
    wechat.sandbox.fault("-1", count=2)
    wechat.sandbox.fault("45009", count=1)
    assert errcodes(wechat, 4) == [-1, -1, 45009, 0]


def test_a_fault_of_one_path(wechat: Caller):
    wechat.sandbox.fault("45009", path=STABLE)
    assert wechat.stable()["errcode"] == 45009
    token = wechat.classic()["access_token"]
    assert wechat.get(LIST, access_token=token)["total"] == 23


def test_a_path_does_not_bring_the_first_page_into_a_walk(wechat: Caller):
    wechat.sandbox.fault("40003", path=LIST)
    assert wechat.page()["count"] == 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "nonsense"},
        {"name": "-1", "count": 0},
        {"name": "-1", "after": -1},
        {"name": "-1", "ip": "1.2.3.4"},
        {"name": "slow", "seconds": "long"},
        {"name": "slow", "seconds": -1},
    ],
)
def test_nonsense_is_refused(wechat: Caller, wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"\w"):
        wechat.sandbox.fault(**wrong)
    assert wechat.sandbox.state["faults"] == []


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_http_statuses(wechat: Caller, status: int):
    wechat.sandbox.fault(f"http_{status}", count=1)
    response = wechat.response(LIST)
    assert response.status_code == status
    assert response.text.startswith("<html>")


def test_plain_text(wechat: Caller):
    wechat.sandbox.fault("text_plain")
    assert wechat.raw_page().headers["Content-Type"] == "text/plain"


def test_bytes_that_are_no_utf8(wechat: Caller):
    wechat.sandbox.fault("invalid_utf8")
    body = wechat.raw_page().content
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    assert json.loads(body.decode("utf-8", "ignore"))["count"] == 10


def test_control_characters(wechat: Caller):
    wechat.sandbox.fault("control_characters")
    text = wechat.raw_page().text
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert json.loads(text, strict=False)["count"] == 10


@pytest.mark.parametrize("name", ["not_json", "empty_body"])
def test_no_json_at_all(wechat: Caller, name: str):
    wechat.sandbox.fault(name)
    response = wechat.response(LIST)
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.content)


def test_json_of_another_shape(wechat: Caller):
    wechat.sandbox.fault("json_list", count=1)
    wechat.sandbox.fault("json_string", count=1, after=1)
    assert isinstance(wechat.page(), list)
    assert wechat.page() == "ok"
    assert wechat.page()["total"] == 23


def test_null_where_something_should_be(wechat: Caller):
    wechat.sandbox.fault("data_null", count=1)
    wechat.sandbox.fault("openid_null", count=1, after=1)
    assert wechat.page()["data"] is None
    assert wechat.page()["data"] == {"openid": None}


def test_numbers_as_text(wechat: Caller):
    wechat.sandbox.fault("numbers_as_text")
    assert wechat.classic()["expires_in"] == "7200"
    assert wechat.page()["total"] == "23"


def test_people_of_one_page_come_again_on_the_next(wechat: Caller):
    wechat.sandbox.fault("duplicates", ids=4)
    first, second, third, _ = wechat.walk()
    assert set(ids([first])[-4:]) == set(ids([second])[:4])
    assert len(ids([first, second, third])) == 23 + 12
    assert set(ids([first, second, third])) == wechat.sandbox.followers()


def test_blank_ids_everywhere(wechat: Caller):
    wechat.sandbox.fault("blank_ids")
    pages = wechat.walk()
    assert all("" in page["data"]["openid"][3:] for page in pages[:-1])
    assert len(ids(pages)) == 23


def test_a_cursor_that_repeats(wechat: Caller):
    wechat.sandbox.fault("repeated_cursor")
    pages = wechat.walk(most=4)
    assert pages[1]["next_openid"] == pages[0]["next_openid"]
    assert pages[1] == pages[2] == pages[3]


def test_a_cursor_that_goes_back(wechat: Caller):
    wechat.sandbox.fault("cycle", after=1)
    pages = wechat.walk(most=7)
    assert pages[2]["next_openid"] == pages[0]["next_openid"]
    assert len(pages) == 7


def test_a_list_without_end(wechat: Caller):
    wechat.sandbox.fault("endless")
    pages = wechat.walk(most=30)
    assert len({page["next_openid"] for page in pages}) == 30
    assert set(ids(pages)) < wechat.sandbox.followers()


def test_a_total_that_drifts(wechat: Caller):
    wechat.sandbox.fault("total_drifts")
    pages = wechat.walk()
    assert len({page["total"] for page in pages}) > 2
    assert len(ids(pages)) == 23


def test_a_total_that_lies(wechat: Caller):
    wechat.sandbox.fault("total_lies", factor=2)
    assert wechat.page()["total"] == 46


@pytest.mark.parametrize(("after", "found"), [(0, 10), (1, 20)])
def test_a_list_that_ends_early(wechat: Caller, after: int, found: int):
    wechat.sandbox.fault("ends_early", after=after)
    pages = wechat.walk()
    assert len(ids(pages)) == found
    assert pages[-1] == {"total": 23, "count": 0, "next_openid": ""}


def test_an_empty_list(wechat: Caller):
    wechat.sandbox.fault("empty_list")
    assert wechat.walk() == [{"total": 0, "count": 0, "next_openid": ""}]


def test_a_last_page_without_cursor(wechat: Caller):
    wechat.sandbox.fault("no_next_openid", count=1)
    pages = wechat.walk()
    assert len(ids(pages)) == 23
    assert "next_openid" not in pages[-1]


@pytest.mark.parametrize("name", [name for name in FAULTS if FAULTS[name].group == "list"])
def test_a_fault_is_gone_after_its_count(wechat: Caller, name: str):
    wechat.sandbox.fault(name, count=1)
    wechat.walk()
    wechat.walk()
    assert wechat.sandbox.state["faults"] == []
    assert set(ids(wechat.walk())) == wechat.sandbox.followers()


@pytest.mark.parametrize("name", [name for name, kind in FAULTS.items() if kind.group == "list"])
def test_faults_of_pages_bear_each_other(start: Start, name: str):
    wechat = start(followers=5)
    for other in ("openid_null", name, "data_null"):
        wechat.sandbox.fault(other)
    assert "total" in wechat.page()


def test_the_token_endpoints_share_one_scope(wechat: Caller):
    wechat.sandbox.fault("40125", count=1)
    assert wechat.get(IPS, access_token="x" * 120)["errcode"] == 40001
    assert wechat.get(CLASSIC, **wechat.given)["errcode"] == 40125
