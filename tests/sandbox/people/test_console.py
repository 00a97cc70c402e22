import json

import pytest

from followers.sandbox import Sandbox

from ..caller import Caller
from ..conftest import Start


@pytest.fixture
def who(wechat: Caller) -> str:
    return min(wechat.sandbox.followers())


def test_a_change_is_seen_by_the_api(wechat: Caller, who: str):
    tags = list(wechat.sandbox.tags())[:3]
    wechat.sandbox.change(who, remark="字" * 30, tags=tags, blacklisted=True, qr_scene_str="店")
    profile = wechat.info(who)
    assert (profile["remark"], profile["tagid_list"]) == ("字" * 30, tags)
    assert profile["qr_scene_str"] == "店"
    assert who in wechat.sandbox.blacklist()
    wechat.sandbox.change(who, tags=[], blacklisted=False)
    assert wechat.info(who)["tagid_list"] == []
    assert who not in wechat.sandbox.blacklist()


@pytest.mark.parametrize(
    "wrong", [{"tags": [99]}, {"nickname": "x"}, {"tags": range(200)}, {"openid": "oNobody"}]
)
def test_impossible_changes_change_nothing(wechat: Caller, who: str, wrong: dict[str, object]):
    before = wechat.sandbox.profile(who)
    with pytest.raises(ValueError, match=r"\w"):
        wechat.sandbox.change(**{"openid": who, "remark": "new"} | wrong)
    assert wechat.sandbox.profile(who) == before


def test_one_who_left_cannot_be_changed(wechat: Caller, who: str):
    wechat.sandbox.population.leave([who])
    with pytest.raises(ValueError, match="does not follow"):
        wechat.sandbox.change(who, remark="x")


def test_tags_change_in_the_console(wechat: Caller):
    console = wechat.sandbox.console
    tag = console.create_tag("one")
    console.rename_tag(tag, "two")
    assert wechat.sandbox.tags()[tag].name == "two"
    console.delete_tag(tag)
    assert tag not in wechat.sandbox.tags()


def everything(sandbox: Sandbox) -> tuple[object, ...]:
    return (sandbox.tags(), sandbox.blacklist(), list(sandbox.profiles()))


def test_the_same_seed_makes_the_same_changes():
    with Sandbox(500, 1) as one, Sandbox(500, 1) as other:
        before = everything(one)
        assert one.shuffle(300, 7) == other.shuffle(300, 7)
        assert before != everything(one) == everything(other)


def test_without_a_seed_the_changes_go_on():
    with Sandbox(500, 1) as one, Sandbox(500, 1) as other:
        for sandbox in (one, other):
            sandbox.shuffle(100)
        first = everything(one)
        one.shuffle(100)
        assert first == everything(other) != everything(one)


def test_all_kinds_of_change_happen(start: Start):
    sandbox = start(followers=2000).sandbox
    done = sandbox.shuffle(2000)
    assert len(done) == 9
    assert 1500 < sum(done.values()) <= 2000


def test_changes_at_random_keep_the_limits_and_the_counts(start: Start):
    wechat = start(followers=30, tags=40, tag_percent=60)
    wechat.sandbox.state  # noqa: B018 - counts what is kept right from then on
    for _ in range(5):
        wechat.sandbox.shuffle(400)
        wechat.sandbox.population.leave(3)
        wechat.sandbox.population.come_back(2)
    assert max(len(row["tagid_list"]) for row in wechat.sandbox.profiles()) <= 20
    truth = wechat.sandbox.tags()
    tags = wechat.get("/sandbox/tags")
    assert {one["id"]: one["count"] for one in tags} == {
        tag: len(one.openids) for tag, one in truth.items()
    }
    assert wechat.sandbox.state["blacklisted"] == len(wechat.sandbox.blacklist())


def test_names_of_tags_stay_unique(start: Start):
    sandbox = start(tags=60, hostile=True).sandbox
    for _ in range(9):
        names = [tag.name for tag in sandbox.tags().values()]
        assert len(names) == len(set(names))
        assert max(len(name.encode()) for name in names) <= 30
        sandbox.shuffle(500)


def test_with_nobody_there_is_nothing_to_change(start: Start):
    done = start(followers=0, tags=0).sandbox.shuffle(200)
    assert set(done) <= {"tag_created", "tag_renamed", "tag_deleted"}


def test_the_truth_over_http(start: Start):
    wechat = start(followers=3000)
    tag, truth = list(wechat.sandbox.tags().items())[1]
    shown = {one["id"]: one for one in wechat.get("/sandbox/tags")}
    assert shown[tag] == {"id": tag, "name": truth.name, "count": len(truth.openids)}
    listed = wechat.response(f"/sandbox/tags/followers?id={tag}").text.split()
    assert (set(listed), len(listed)) == (truth.openids, len(truth.openids))
    assert set(wechat.response("/sandbox/blacklist").text.split()) == wechat.sandbox.blacklist()


def profiles(wechat: Caller, query: str = "") -> list[object]:
    text = wechat.response("/sandbox/profiles" + query).content.decode()
    return [json.loads(line) for line in text.splitlines()]


def test_profiles_over_http(wechat: Caller):
    assert profiles(wechat) == list(wechat.sandbox.profiles())
    first, second = sorted(wechat.sandbox.followers())[:2]
    found = profiles(wechat, f"?openid={first},{second}")
    assert found == [wechat.info(first), wechat.info(second)]


def test_changes_over_http(wechat: Caller, who: str):
    answer = wechat.post("/sandbox/change", {"openid": who, "remark": "新", "blacklisted": True})
    assert answer == wechat.info(who)
    assert answer["remark"] == "新"
    done = wechat.post("/sandbox/shuffle", {"changes": 50, "seed": 3})
    assert 0 < sum(done.values()) <= 50


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "change", {}),
        ("POST", "change", {"openid": "oNobody"}),
        ("POST", "shuffle", {}),
        ("POST", "shuffle", {"changes": "many"}),
        ("GET", "tags/followers", None),
        ("GET", "tags/followers?id=99", None),
        ("GET", "profiles?openid=oNobody", None),
        ("GET", "blacklist?app_id=wx0", None),
    ],
)
def test_nonsense_is_refused_in_words(wechat: Caller, method: str, path: str, body: object):
    response = wechat.response("/sandbox/" + path, method, json=body)
    assert response.status_code == 400
    assert response.json()["error"]
