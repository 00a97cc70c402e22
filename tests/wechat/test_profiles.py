from datetime import UTC, datetime

import pytest

from followers.wechat import profiles
from followers.wechat.errors import Retriable
from followers.wechat.profiles import Profile

from .fake import FOLLOWER, IDS, LEFT

FOLLOWED_AT = datetime(2022, 9, 5, 22, 21, 29, tzinfo=UTC)


def test_a_captured_profile():
    assert profiles.parse_profile(FOLLOWER) == Profile(
        openid=IDS[0],
        subscribed=True,
        subscribe_time=FOLLOWED_AT,
        unionid="oU6bEwfX4vL",
        remark="",
        subscribe_scene="ADD_SCENE_PROFILE_CARD",
        qr_scene=None,
        qr_scene_str="",
        language="zh_CN",
        legacy={},
    )


@pytest.mark.parametrize(
    "row", [LEFT, {**FOLLOWER, "subscribe": 0}, {"subscribe": "0", "openid": IDS[0], "remark": "x"}]
)
def test_a_profile_of_an_unsubscribed_follower_is_empty(row):
    assert profiles.parse_profile(row) == Profile(row["openid"], subscribed=False)


def test_missing_fields_are_none():
    bare = profiles.parse_profile({"subscribe": 1, "openid": IDS[0]})
    assert bare == Profile(IDS[0], subscribed=True)
    assert (bare.remark, bare.unionid) == (None, None)


@pytest.mark.parametrize(
    ("key", "sent", "name", "read"),
    [
        ("subscribe", "1", "subscribed", True),
        ("openid", f"\r{IDS[0]} ", "openid", IDS[0]),
        ("subscribe_time", "1662416489", "subscribe_time", FOLLOWED_AT),
        ("subscribe_time", 0, "subscribe_time", None),
        ("subscribe_time", "soon", "subscribe_time", None),
        ("subscribe_time", 10**15, "subscribe_time", None),
        ("subscribe_time", 10**40, "subscribe_time", None),
        ("unionid", "", "unionid", None),
        ("unionid", " ", "unionid", None),
        ("unionid", None, "unionid", None),
        ("remark", " 老客户\x07\x14\n🎈 ", "remark", " 老客户🎈 "),
        ("remark", "a\x00b\ud83dc\x7f", "remark", "abc"),
        ("remark", "\u202e=1+1<b>", "remark", "\u202e=1+1<b>"),
        ("remark", 7, "remark", "7"),
        ("remark", True, "remark", None),
        ("remark", ["x"], "remark", None),
        ("remark", "长" * 64, "remark", "长" * 64),
        ("subscribe_scene", "ADD_SCENE_NEW", "subscribe_scene", "ADD_SCENE_NEW"),
        ("subscribe_scene", None, "subscribe_scene", ""),
        ("qr_scene", 4294967295, "qr_scene", 4294967295),
        ("qr_scene", "98765", "qr_scene", 98765),
        ("qr_scene", None, "qr_scene", None),
        ("qr_scene_str", "store-上海", "qr_scene_str", "store-上海"),
        ("language", "en", "language", "en"),
    ],
)
def test_fields(key, sent, name, read):
    assert getattr(profiles.parse_profile({**FOLLOWER, key: sent}), name) == read


def test_legacy_fields_that_are_not_blank():
    alive = {"nickname": "阿\x08明", "sex": "1", "city": "广州", "country": " ", "headimgurl": None}
    assert profiles.parse_profile({**FOLLOWER, **alive}).legacy == {
        "nickname": "阿明",
        "city": "广州",
        "sex": 1,
    }


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "oFake",
        {},
        {"subscribe": 1},
        {"openid": IDS[0]},
        {**FOLLOWER, "openid": ""},
        {**FOLLOWER, "openid": None},
        {**FOLLOWER, "openid": 7},
        {**FOLLOWER, "openid": "[" + IDS[0]},
        {**FOLLOWER, "subscribe": None},
        {**FOLLOWER, "subscribe": 2},
        {**FOLLOWER, "subscribe": "yes"},
        {**FOLLOWER, "subscribe": True},
    ],
)
def test_an_invalid_openid_or_status_is_refused(row):
    with pytest.raises(Retriable) as caught:
        profiles.parse_profiles({"user_info_list": [FOLLOWER, row]})
    assert caught.value.kind == "shape"


def test_profiles_keep_the_received_order():
    found = profiles.parse_profiles({"user_info_list": [LEFT, FOLLOWER, LEFT]})
    assert [one.openid for one in found] == [IDS[1], IDS[0], IDS[1]]


@pytest.mark.parametrize("answer", [{}, {"user_info_list": None}, {"user_info_list": {}}])
def test_a_missing_list_is_refused(answer):
    with pytest.raises(Retriable):
        profiles.parse_profiles(answer)
