"""Those who follow, unless the query says otherwise."""

import pytest
from django.db import connection
from django.utils.translation import override

from followers.segments.query import FollowerQuery
from followers.segments.reading import Reading
from tests.factories import follow, make_unsubscribed

STATUSES = [
    ({}, ["here"], [], "已关注"),
    ({"subscribed__exact": [""]}, ["here"], [], "已关注"),
    ({"subscribed__exact": ["1"]}, ["here"], [], "已关注"),
    ({"subscribed__exact": ["0"]}, ["gone"], ["已取消关注"], "已取消关注"),
    (
        {"subscribed__exact": ["all"]},
        ["gone", "here"],
        ["全部粉丝，含已取消关注"],
        "全部粉丝，含已取消关注",
    ),
]


@pytest.mark.parametrize(("params", "openids", "chips", "words"), STATUSES)
def test_the_default_is_no_condition_to_lift_and_is_told(account, params, openids, chips, words):
    follow(account, "here")
    make_unsubscribed(account, "gone")
    asked = FollowerQuery(params, {account.pk: account.name})
    assert sorted(asked.followers().values_list("openid", flat=True)) == openids
    with override("zh-hans"):
        assert [it.text for it in asked.conditions()] == chips
        assert asked.words() == [words]
    assert asked.as_log_entry()["params"]["subscribed__exact"] != [""]


def test_the_words_leave_out_the_account_and_join_alternatives(account):
    params = {
        "account__id__exact": [str(account.pk)],
        "subscribe_scene__exact": ["ADD_SCENE_QR_CODE", "ADD_SCENE_SEARCH"],
        "scene": ["7"],
    }
    with override("zh-hans"):
        asked = FollowerQuery(params, {account.pk: account.name})
        assert asked.words() == ["已关注", "关注来源：扫描二维码 或 公众号搜索", "渠道：7"]
    with override("en"):
        asked = FollowerQuery(params, {account.pk: account.name})
        assert asked.words() == ["Following", "Source: QR code or Account search", "Channel: 7"]


@pytest.fixture
def analyzed(account):
    """A database that an ANALYZE told how few of an account's followers have left."""
    for number in range(100):
        follow(account, f"here{number}")
    for number in range(5):
        make_unsubscribed(account, f"gone{number}")
    with connection.cursor() as cursor:
        # Undone with the test's transaction.
        cursor.execute("ANALYZE")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
@pytest.mark.parametrize(
    ("status", "order", "index"),
    [
        ("0", ["-followed_at", "-pk"], "follower_followed"),
        ("0", ["first_seen_at", "pk"], "follower_first_seen"),
        ("0", ["-pk"], "follower_account"),
        ("0", ["-unsubscribed_at", "-pk"], "follower_left"),
        ("1", ["-followed_at", "-pk"], "follower_followed"),
    ],
)
def test_sqlite_reads_a_page_in_the_lists_order(account, analyzed, status, order, index):
    """Otherwise it sorts all who left for it: they are few beside those who follow."""
    asked = FollowerQuery({"subscribed__exact": [status]}, {account.pk: account.name})
    (part,) = Reading(asked).parts(order)
    plan = part.rows.order_by(*part.order).values("pk")[:50].explain()
    assert f"INDEX {index} (" in plan
    assert "TEMP B-TREE" not in plan
