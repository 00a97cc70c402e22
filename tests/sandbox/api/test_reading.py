import pytest

from followers.sandbox import Sandbox
from followers.sandbox.people.profiles import HOSTILE

from ..caller import BATCHGET, BLACKLIST, INFO, TAG_FOLLOWERS, TAGS, Caller, ids
from ..conftest import Start

ID_LIST = "/cgi-bin/tags/getidlist"
OLD_KEYS = ["nickname", "sex", "city", "province", "country", "headimgurl"]
KEYS = {"subscribe", "openid", "subscribe_time", "unionid", "remark", "groupid", "tagid_list"}
SCENE_KEYS = {"language", "subscribe_scene", "qr_scene", "qr_scene_str"}


def somebody(wechat: Caller, number: int = 0) -> str:
    return sorted(wechat.sandbox.followers())[number]


def test_a_profile_has_all_keys_and_the_old_ones_blank(wechat: Caller):
    profile = wechat.info(somebody(wechat))
    assert set(profile) == KEYS | SCENE_KEYS | set(OLD_KEYS)
    assert profile["subscribe"] == 1
    assert [profile[key] for key in OLD_KEYS] == ["", 0, "", "", "", ""]


def test_without_an_open_platform_account_the_unionid_is_absent(start: Start):
    wechat = start(unionid=False)
    assert "unionid" not in wechat.info(somebody(wechat))


@pytest.mark.parametrize(("parity", "more"), [(0, {}), (1, {"tagid_list": []})])
def test_one_who_left_in_both_captured_shapes(wechat: Caller, parity: int, more: dict[str, list]):
    codec = wechat.sandbox.population.openid_codec
    who = next(one for one in wechat.sandbox.followers() if codec.decode(one) % 2 == parity)
    wechat.sandbox.population.leave([who])
    assert wechat.info(who) == {"subscribe": 0, "openid": who} | more


def test_profiles_in_batches_are_the_same(wechat: Caller):
    openids = sorted(wechat.sandbox.followers())
    rows = wechat.batch(openids)["user_info_list"]
    assert rows == [wechat.info(one) for one in openids]


@pytest.mark.parametrize("size", [0, 101])
def test_a_batch_has_1_to_100_entries(wechat: Caller, size: int):
    assert wechat.batch([somebody(wechat)] * size)["errcode"] == 40032
    assert len(wechat.batch([somebody(wechat)] * 100)["user_info_list"]) == 100


@pytest.mark.parametrize("bad", ["[oAbc", "o" * 28, "", None, 5])
def test_one_bad_id_spoils_the_whole_batch(wechat: Caller, bad: str):
    assert wechat.batch([somebody(wechat), bad])["errcode"] == 40003


def test_somebody_else_s_follower_spoils_it_too(start: Start):
    wechat = start(other_accounts=[("wx0123456789abcdef", "other", 5)])
    other = (
        wechat.sandbox.simulation.accounts["wx0123456789abcdef"]
        .population.page_after(-1, 1)
        .openids
    )
    assert wechat.batch(other)["errcode"] == 40003
    assert wechat.call(ID_LIST, openid=other[0])["errcode"] == 49003


@pytest.mark.parametrize(("openid", "code"), [("", 41009), ("oNobody", 40003)])
def test_a_profile_of_nobody(wechat: Caller, openid: str, code: int):
    assert wechat.info(openid)["errcode"] == code


@pytest.mark.parametrize("body", [{}, {"user_list": "all"}])
def test_a_batch_without_a_list(wechat: Caller, body: dict[str, object]):
    assert wechat.call(BATCHGET, **body)["errcode"] == 40032


def test_tags_with_their_counts(start: Start):
    wechat = start(followers=2000)
    tags = wechat.get(TAGS, access_token=wechat.token)["tags"]
    truth = wechat.sandbox.tags()
    assert len(tags) == 9
    assert tags[0]["name"] == "星标组"
    assert {one["id"]: one["count"] for one in tags} == {
        tag: len(one.openids) for tag, one in truth.items()
    }


def test_counts_stay_right_while_people_move(start: Start):
    wechat = start(followers=3000, tag_percent=50)
    wechat.get(TAGS, access_token=wechat.token)
    population = wechat.sandbox.population
    population.leave(1000)
    population.join(500)
    population.come_back(300)
    tags = wechat.get(TAGS, access_token=wechat.token)["tags"]
    truth = wechat.sandbox.tags()
    assert [one["count"] for one in tags] == [len(truth[one["id"]].openids) for one in tags]


def test_the_followers_of_a_tag_in_pages(start: Start):
    wechat = start(followers=300, tag_percent=15)
    tag, truth = list(wechat.sandbox.tags().items())[1]
    pages = wechat.listed(TAG_FOLLOWERS, tagid=tag)
    assert set(ids(pages)) == truth.openids
    assert len(ids(pages)) == len(truth.openids) > 20
    assert pages[0]["count"] == len(pages[0]["data"]["openid"]) == 10
    assert "total" not in pages[0]
    assert pages[-1] == {"count": 0}


def test_the_followers_of_an_empty_tag(start: Start):
    wechat = start(tag_percent=0)
    tag = list(wechat.sandbox.tags())[1]
    assert wechat.call(TAG_FOLLOWERS, tagid=tag) == {"count": 0}


@pytest.mark.parametrize("tag", [99, 0, None, "102", True])
def test_an_unknown_tag(wechat: Caller, tag: object):
    assert wechat.call(TAG_FOLLOWERS, tagid=tag)["errcode"] == 45159


def test_the_tags_of_one_follower(start: Start):
    wechat = start(followers=100, tag_percent=50)
    who = somebody(wechat)
    having = [tag for tag, one in wechat.sandbox.tags().items() if who in one.openids]
    assert wechat.call(ID_LIST, openid=who) == {"tagid_list": having}
    assert wechat.info(who)["tagid_list"] == having
    assert wechat.info(who)["groupid"] == having[0]


def test_nobody_has_more_than_20_tags(start: Start):
    wechat = start(followers=400, tags=100, tag_percent=40)
    most = max(len(row["tagid_list"]) for row in wechat.sandbox.records.profiles())
    assert most == 20


def test_the_tags_of_one_who_left(wechat: Caller):
    who = somebody(wechat)
    wechat.sandbox.population.leave([who])
    assert wechat.call(ID_LIST, openid=who)["errcode"] == 40003


def test_the_blacklist_in_pages(start: Start):
    wechat = start(followers=4000, blacklist_page_size=5)
    pages = wechat.listed(BLACKLIST, "begin_openid")
    truth = wechat.sandbox.blacklist()
    assert set(ids(pages)) == truth
    assert 12 < len(truth) < 32
    assert pages[0]["total"] == len(truth)
    assert pages[-1] == {"total": len(truth), "count": 0, "next_openid": ""}


def test_the_blacklist_is_not_paged_by_next_openid(start: Start):
    wechat = start(followers=4000, blacklist_page_size=5)
    first = wechat.call(BLACKLIST)
    assert wechat.call(BLACKLIST, next_openid=first["next_openid"]) == first


@pytest.mark.parametrize(
    ("path", "key"), [(BLACKLIST, "begin_openid"), (TAG_FOLLOWERS, "next_openid")]
)
def test_an_unknown_cursor(wechat: Caller, path: str, key: str):
    assert wechat.call(path, tagid=2, **{key: "NEXT_OPENID"})["errcode"] == 40003


def test_whoever_leaves_is_gone_from_tags_and_blacklist(start: Start):
    wechat = start(followers=4000, tag_percent=10)
    blocked = sorted(wechat.sandbox.blacklist())
    tagged = sorted(list(wechat.sandbox.tags().values())[1].openids)
    wechat.sandbox.population.leave([*blocked, *tagged])
    assert wechat.sandbox.blacklist() == set()
    assert list(wechat.sandbox.tags().values())[1].openids == frozenset()


@pytest.mark.parametrize("forgets", [False, True])
def test_what_is_known_of_one_who_comes_back(start: Start, clock, forgets: bool):
    wechat = start(followers=100, tag_percent=50, clock=clock, forgets=forgets)
    who = somebody(wechat)
    before = wechat.info(who)
    wechat.sandbox.population.leave([who])
    wechat.sandbox.population.come_back([who])
    after = wechat.info(who)
    assert before["tagid_list"]
    assert after["tagid_list"] == ([] if forgets else before["tagid_list"])
    assert after["subscribe_time"] == clock.now != before["subscribe_time"]
    assert after["unionid"] == before["unionid"]


def test_a_new_follower_is_a_blank_sheet(start: Start, clock):
    wechat = start(followers=100, tags=20, tag_percent=90, clock=clock)
    for row in wechat.sandbox.records.profiles(wechat.sandbox.population.join(40)):
        assert (row["remark"], row["tagid_list"]) == ("", [])
        assert row["subscribe_time"] == clock.now


def test_the_same_seed_makes_the_same_people():
    with Sandbox(50, 3) as one, Sandbox(50, 3) as other:
        assert list(one.records.profiles()) == list(other.records.profiles())
        assert one.tags() == other.tags()


def test_everything_starts_anew(start: Start):
    wechat = start(followers=500)
    before = (list(wechat.sandbox.records.profiles()), wechat.sandbox.tags())
    wechat.sandbox.population.leave(200)
    wechat.sandbox.population.join(100)
    wechat.sandbox.reset()
    assert (list(wechat.sandbox.records.profiles()), wechat.sandbox.tags()) == before


@pytest.mark.parametrize("path", [INFO, TAGS])
def test_reading_needs_a_token(wechat: Caller, path: str):
    assert wechat.get(path)["errcode"] == 41001


def test_hostile_texts_survive_the_way(start: Start):
    wechat = start(followers=6000, tags=64, hostile=True)
    hostile = {row["remark"]: row for row in wechat.sandbox.profiles() if row["remark"] in HOSTILE}
    assert set(hostile) == set(HOSTILE)
    openids = [row["openid"] for row in hostile.values()]
    assert wechat.batch(openids)["user_info_list"] == list(hostile.values())
    names = {tag["name"] for tag in wechat.get(TAGS, access_token=wechat.token)["tags"]}
    assert {"<script>alert(1)</script>", '=HYPERLINK("http://x.test")'} <= names
