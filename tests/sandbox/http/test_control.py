import pytest

from ..caller import Caller, ids
from ..conftest import Start


def test_a_fault_goes_on_and_off(wechat: Caller):
    fault = wechat.post("/sandbox/faults", {"name": "-1", "count": 2, "after": 1})
    assert (fault["name"], fault["count"], fault["after"]) == ("-1", 2, 1)
    assert wechat.get("/sandbox/state")["faults"] == [fault]
    gone = wechat.response(f"/sandbox/faults?id={fault['id']}", "DELETE").json()
    assert gone == {"switched_off": 1}
    assert wechat.get("/sandbox/state")["faults"] == []


@pytest.mark.parametrize(("query", "left"), [("", 0), ("?name=-1", 1), ("?id=2", 2)])
def test_faults_go_off(wechat: Caller, query: str, left: int):
    for name in ("-1", "slow", "-1"):
        wechat.post("/sandbox/faults", {"name": name})
    wechat.response("/sandbox/faults" + query, "DELETE")
    assert len(wechat.sandbox.state["faults"]) == left


def test_people_move(wechat: Caller):
    assert wechat.post("/sandbox/followers", {"leave": 10, "join": 3, "return": 3}) == {
        "return": 0,
        "leave": 10,
        "join": 3,
        "total": 16,
    }
    assert wechat.post("/sandbox/followers", {"return": 3})["total"] == 19
    assert len(ids(wechat.walk())) == 19


def test_particular_people_move(wechat: Caller):
    who = sorted(wechat.sandbox.followers())[:2]
    assert wechat.post("/sandbox/followers", {"leave": [*who, "oNobody"]})["leave"] == 2
    assert wechat.sandbox.former_followers() == set(who)


def test_the_truth_can_be_asked_for(wechat: Caller):
    wechat.sandbox.population.leave(4)
    following = wechat.response("/sandbox/followers").text.split("\n")
    left = wechat.response("/sandbox/followers?status=left").text.split()
    assert following.pop() == ""
    assert set(following) == wechat.sandbox.followers() == set(ids(wechat.walk()))
    assert set(left) == wechat.sandbox.former_followers()


def test_nobody_follows(start: Start):
    assert start(followers=0).response("/sandbox/followers").text == ""


def test_another_account(start: Start):
    wechat = start(other_accounts=[("wx0123456789abcdef", "other", 5)])
    wechat.post("/sandbox/followers", {"app_id": "wx0123456789abcdef", "join": 2})
    people = wechat.response("/sandbox/followers?app_id=wx0123456789abcdef").text.split()
    assert len(people) == 7
    assert [one["followers"] for one in wechat.sandbox.state["accounts"]] == [23, 7]


def test_the_latest_calls(wechat: Caller):
    wechat.walk()
    assert wechat.get("/sandbox/log") == wechat.sandbox.log


def test_a_new_start(wechat: Caller):
    wechat.sandbox.population.join(4)
    assert wechat.post("/sandbox/reset", {})["followers"] == 23


def test_what_to_enter_in_the_admin(wechat: Caller):
    known = {"app_id": wechat.sandbox.app_id, "app_secret": wechat.sandbox.app_secret}
    assert wechat.get("/sandbox/accounts") == [known]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "faults", {"name": "nonsense"}),
        ("POST", "faults", {}),
        ("POST", "faults", {"name": "-1", "count": "many"}),
        ("POST", "faults", []),
        ("POST", "followers", {"leave": "all"}),
        ("POST", "followers", {"leave": True}),
        ("POST", "followers", {"go": 1}),
        ("POST", "followers", {"leave": 1, "app_id": "wx0"}),
        ("GET", "followers?status=dead", None),
        ("GET", "followers?app_id=wx0", None),
        ("DELETE", "faults?id=x", None),
    ],
)
def test_nonsense_is_refused_in_words(wechat: Caller, method: str, path: str, body: object):
    before = wechat.sandbox.state
    response = wechat.response("/sandbox/" + path, method, json=body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert wechat.sandbox.state == before


def test_an_unknown_address(wechat: Caller):
    assert wechat.response("/sandbox/nothing").status_code == 404
