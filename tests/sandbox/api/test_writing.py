import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ..caller import TAGS, Caller
from ..conftest import Start

CREATE, UPDATE, DELETE = (f"/cgi-bin/tags/{what}" for what in ("create", "update", "delete"))
TAGGING = "/cgi-bin/tags/members/batchtagging"
UNTAGGING = "/cgi-bin/tags/members/batchuntagging"
REMARK = "/cgi-bin/user/info/updateremark"
BLOCK = "/cgi-bin/tags/members/batchblacklist"
UNBLOCK = "/cgi-bin/tags/members/batchunblacklist"
OK = {"errcode": 0, "errmsg": "ok"}
OTHER = ("wx0123456789abcdef", "other", 5)


@pytest.fixture
def people(wechat: Caller) -> list[str]:
    return sorted(wechat.sandbox.followers())


def create(wechat: Caller, name: object) -> int:
    """The new tag's id, or the errcode."""
    answer = wechat.call(CREATE, tag={"name": name})
    return answer["tag"]["id"] if "tag" in answer else answer["errcode"]


def test_a_tag_is_created(wechat: Caller):
    before = set(wechat.sandbox.tags())
    answer = wechat.call(CREATE, tag={"name": "华东🎉"})
    assert answer == {"tag": {"id": answer["tag"]["id"], "name": "华东🎉"}}
    assert set(wechat.sandbox.tags()) - before == {answer["tag"]["id"]}
    assert wechat.get(TAGS, access_token=wechat.token)["tags"][-1] == answer["tag"] | {"count": 0}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("上海", 45157),
        ("", 45157),
        ("  ", 45157),
        (5, 45157),
        ("字" * 11, 45158),
        ("x" * 31, 45158),
    ],
)
def test_names_that_are_refused(wechat: Caller, name: object, code: int):
    before = wechat.sandbox.tags()
    assert create(wechat, name) == code
    assert wechat.call(UPDATE, tag={"id": max(before), "name": name})["errcode"] == code
    assert wechat.sandbox.tags() == before


def test_a_name_may_have_30_bytes(wechat: Caller):
    tag = create(wechat, "字" * 10)
    assert wechat.sandbox.tags()[tag].name == "字" * 10


def test_100_tags_are_enough(start: Start):
    wechat = start(tags=99)
    assert create(wechat, "hundredth") > 100
    assert create(wechat, "one more") == 45056


def test_a_tag_is_renamed(wechat: Caller):
    tag = create(wechat, "old")
    for name in ("new", "new"):
        assert wechat.call(UPDATE, tag={"id": tag, "name": name}) == OK
    assert wechat.sandbox.tags()[tag].name == "new"


def test_a_tag_is_deleted_and_its_id_not_used_again(wechat: Caller):
    tag = create(wechat, "short-lived")
    assert wechat.call(DELETE, tag={"id": tag}) == OK
    assert tag not in wechat.sandbox.tags()
    assert create(wechat, "short-lived") != tag
    assert wechat.call(DELETE, tag={"id": tag})["errcode"] == 45159


@pytest.mark.parametrize("path", [UPDATE, DELETE])
@pytest.mark.parametrize(("tag", "code"), [(0, 45058), (1, 45058), (2, 45058), (99, 45159)])
def test_tags_that_cannot_be_changed(wechat: Caller, path: str, tag: int, code: int):
    assert wechat.call(path, tag={"id": tag, "name": "x"})["errcode"] == code


@pytest.mark.parametrize("path", [CREATE, UPDATE, DELETE])
def test_a_body_without_a_tag(wechat: Caller, path: str):
    assert wechat.call(path, name="x")["errcode"] == 40035


def test_a_large_tag_cannot_be_deleted_before_it_is_emptied(start: Start):
    wechat = start(delete_limit=2)
    tag, who = create(wechat, "large"), sorted(wechat.sandbox.followers())[:3]
    wechat.call(TAGGING, openid_list=who, tagid=tag)
    assert wechat.call(DELETE, tag={"id": tag})["errcode"] == 45057
    wechat.call(UNTAGGING, openid_list=who[:1], tagid=tag)
    assert wechat.call(DELETE, tag={"id": tag}) == OK


def test_followers_are_tagged_and_untagged(wechat: Caller, people: list[str]):
    tag = create(wechat, "x")
    for _ in range(2):
        assert wechat.call(TAGGING, openid_list=people[:5], tagid=tag) == OK
    assert wechat.sandbox.tags()[tag].openids == set(people[:5])
    assert wechat.call(UNTAGGING, openid_list=people[3:9], tagid=tag) == OK
    assert wechat.sandbox.tags()[tag].openids == set(people[:3])
    assert tag in wechat.info(people[0])["tagid_list"]


def test_the_starred_ones_are_a_tag_like_others(wechat: Caller, people: list[str]):
    assert wechat.call(TAGGING, openid_list=people, tagid=2) == OK
    assert wechat.sandbox.tags()[2].openids == set(people)


@pytest.mark.parametrize(
    ("path", "most"), [(TAGGING, 50), (UNTAGGING, 50), (BLOCK, 20), (UNBLOCK, 20)]
)
def test_how_many_at_once(wechat: Caller, people: list[str], path: str, most: int):
    def size(number: int) -> int:
        return wechat.call(path, openid_list=people[:1] * number, tagid=2)["errcode"]

    assert [size(number) for number in (0, 1, most, most + 1)] == [40032, 0, 0, 40032]
    assert wechat.call(path, tagid=2)["errcode"] == 40032


@pytest.mark.parametrize("bad", ["[oAbc", "o" * 28, "", None])
@pytest.mark.parametrize("path", [TAGGING, UNTAGGING, BLOCK, UNBLOCK])
def test_one_bad_id_refuses_the_whole_chunk(wechat: Caller, people: list[str], path: str, bad: str):
    before = (wechat.sandbox.tags(), wechat.sandbox.blacklist())
    answer = wechat.call(path, openid_list=[*people[:3], bad], tagid=2)
    assert answer["errcode"] == 40003
    assert (wechat.sandbox.tags(), wechat.sandbox.blacklist()) == before


@pytest.mark.parametrize("path", [TAGGING, UNTAGGING, BLOCK, UNBLOCK])
def test_one_who_left_refuses_the_whole_chunk(wechat: Caller, people: list[str], path: str):
    wechat.sandbox.population.leave(people[:1])
    assert wechat.call(path, openid_list=people[:2], tagid=2)["errcode"] == 40003


@pytest.mark.parametrize("path", [TAGGING, UNTAGGING, BLOCK, UNBLOCK])
def test_a_follower_of_another_account(start: Start, path: str):
    wechat = start(other_accounts=[OTHER])
    openids = wechat.sandbox.simulation.accounts[OTHER[0]].population.page_after(-1, 1).openids
    assert wechat.call(path, openid_list=openids, tagid=2)["errcode"] == 49003


@pytest.mark.parametrize("tag", [99, 0, None, "2"])
def test_an_unknown_tag(wechat: Caller, people: list[str], tag: object):
    assert wechat.call(TAGGING, openid_list=people[:1], tagid=tag)["errcode"] == 45159


def test_nobody_gets_a_21st_tag(start: Start):
    wechat = start(tags=20, tag_percent=0)
    who, other = sorted(wechat.sandbox.followers())[:2]
    *first, last = list(wechat.sandbox.tags())
    for tag in first:
        wechat.call(TAGGING, openid_list=[who], tagid=tag)
    assert wechat.call(TAGGING, openid_list=[other, who], tagid=last)["errcode"] == 45059
    assert wechat.sandbox.tags()[last].openids == set()
    assert wechat.call(TAGGING, openid_list=[who], tagid=first[0]) == OK


def together(wechat: Caller, *calls: tuple[str, list[str]]) -> list[int]:
    """The errcodes of calls that all begin at the same moment."""
    gate = threading.Barrier(len(calls))
    assert wechat.token

    def one(call: tuple[str, list[str]]) -> int:
        gate.wait()
        return wechat.call(call[0], openid_list=call[1], tagid=2)["errcode"]

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(one, calls))


def test_two_tag_writes_at_once(start: Start):
    wechat = start(latency=0.4)
    who = sorted(wechat.sandbox.followers())[:2]
    assert together(wechat, (TAGGING, who[:1]), (UNTAGGING, who[1:])) == [0, 45159]
    state = wechat.sandbox.state
    assert state["most_at_once"][TAGGING] == 1
    assert state["accounts"][0]["most_tag_writes"] == 2


def test_other_writes_may_overlap(start: Start):
    wechat = start(latency=0.4)
    who = sorted(wechat.sandbox.followers())[:1]
    assert together(wechat, (BLOCK, who), (BLOCK, who), (TAGGING, who)) == [0, 0, 0]
    assert wechat.sandbox.state["most_at_once"][BLOCK] == 2


def test_tag_writes_one_after_another(wechat: Caller, people: list[str]):
    codes = {wechat.call(TAGGING, openid_list=people[:9], tagid=2)["errcode"] for _ in range(60)}
    assert codes == {0}
    assert wechat.sandbox.state["accounts"][0]["most_tag_writes"] == 1


def test_too_many_tag_writes_in_a_second(start: Start, clock):
    wechat = start(tag_rate=2, clock=clock)
    who = sorted(wechat.sandbox.followers())[:1]

    def write(path: str) -> int:
        return wechat.call(path, openid_list=who, tagid=2)["errcode"]

    assert [write(path) for path in (TAGGING, UNTAGGING, TAGGING)] == [0, 0, 45169]
    clock.forward(1)
    assert write(TAGGING) == 0


@pytest.mark.parametrize("remark", ["南京西路店 王女士", "字" * 10, "x" * 30, "🎉", ""])
def test_a_remark(wechat: Caller, people: list[str], remark: str):
    wechat.sandbox.change(people[0], remark="old")
    assert wechat.call(REMARK, openid=people[0], remark=remark) == OK
    assert wechat.info(people[0])["remark"] == remark
    assert wechat.sandbox.profile(people[0])["remark"] == remark


@pytest.mark.parametrize("remark", ["字" * 11, "x" * 31, None, 5])
def test_remarks_that_are_refused(wechat: Caller, people: list[str], remark: object):
    before = wechat.sandbox.profile(people[0])
    assert wechat.call(REMARK, openid=people[0], remark=remark)["errcode"] == 40092
    assert wechat.sandbox.profile(people[0]) == before


def test_a_stricter_limit_for_remarks(start: Start):
    wechat = start(remark_limit=29)
    who = sorted(wechat.sandbox.followers())[0]
    codes = [wechat.call(REMARK, openid=who, remark="x" * size)["errcode"] for size in (30, 29)]
    assert codes == [40092, 0]


def test_a_remark_of_nobody(wechat: Caller, people: list[str]):
    wechat.sandbox.population.leave(people[:1])
    for openid in (people[0], "oNobody", None):
        assert wechat.call(REMARK, openid=openid, remark="x")["errcode"] == 40003


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (REMARK, {"remark": "王"}),
        (CREATE, {"tag": {"name": "王"}}),
        (UPDATE, {"tag": {"id": 102, "name": "王"}}),
    ],
)
def test_escapes_in_the_body(wechat: Caller, people: list[str], path: str, body: dict[str, object]):
    escaped = json.dumps({"openid": people[0]} | body)
    assert "\\u738b" in escaped
    answer = wechat.response(path, "POST", data=escaped, params={"access_token": wechat.token})
    assert answer.json()["errcode"] == 40033


def test_followers_are_blocked_and_unblocked(wechat: Caller, people: list[str]):
    assert wechat.call(BLOCK, openid_list=people[:4]) == OK
    assert wechat.sandbox.blacklist() >= set(people[:4])
    assert wechat.call(UNBLOCK, openid_list=people[2:6]) == OK
    assert wechat.sandbox.blacklist() & set(people[:6]) == set(people[:2])


def test_a_daily_quota_of_remarks(start: Start):
    wechat = start(quotas={REMARK: 1})
    who = sorted(wechat.sandbox.followers())[0]
    codes = [wechat.call(REMARK, openid=who, remark=text)["errcode"] for text in "ab"]
    assert codes == [0, 45009]
    assert wechat.sandbox.profile(who)["remark"] == "a"
