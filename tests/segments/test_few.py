"""Followers who are looked for among a few, and lists that are put together of single values."""

import pytest
from django.db import connection

from followers.models import Follower, FollowerTag, Tag
from followers.segments import reading
from followers.segments.query import FollowerQuery
from followers.segments.reading import Reading
from tests.factories import LONG_AGO, follow

pytestmark = pytest.mark.django_db
without_statistics = pytest.mark.skipif(
    connection.vendor == "postgresql", reason="PostgreSQL knows which way is the shortest"
)
NEWEST = ["-followed_at", "-pk"]


@pytest.fixture
def ask(account):
    def ask(**params):
        return FollowerQuery(params, {account.pk: account.name})

    return ask


@pytest.fixture
def people(account):
    """Four with remarks, two of whom are blacklisted; c has a tag."""
    found = [follow(account, it, remark="A", blacklisted=it in "ab") for it in "abcd"]
    tag = Tag.objects.create(account=account, wechat_id=100, name="VIP", follower_count=1)
    FollowerTag.objects.create(follower=found[2], tag=tag, followed_at=LONG_AGO)
    return tag


@pytest.fixture
def few(monkeypatch):
    def few(number):
        monkeypatch.setattr(reading, "FEW", number)
        monkeypatch.setattr(reading, "FEW_BESIDE_STATISTICS", number)

    return few


def openids(found):
    return sorted(found.values_list("openid", flat=True))


def test_they_are_looked_for_among_the_fewest(ask, people, few):
    few(2)
    Follower.objects.filter(openid="a").update(unionid="u")
    asked = ask(remark__isempty=["0"], blacklisted__exact=["1"], unionid__isempty=["1"])
    assert openids(Reading(asked).among_few()) == openids(asked.followers()) == ["b"]


def test_where_every_index_names_more_they_are_not(ask, people, few):
    few(1)
    assert Reading(ask(remark__isempty=["0"], blacklisted__exact=["1"])).among_few() is None


def test_where_no_index_knows_they_are_not(ask, people):
    assert Reading(ask(blacklisted__exact=["0"])).among_few() is None


def test_a_tag_and_when_they_followed(account, ask, people):
    for person in Follower.objects.all():
        person.subscribe_time = LONG_AGO
        person.save()
    asked = ask(tags_all=[str(people.pk)], followed_from=["2023-12-01"], followed_to=["2024-02-01"])
    assert openids(Reading(asked).among_few()) == openids(asked.followers()) == ["c"]


def test_two_kinds_of_an_index_are_counted_together(account, ask, few):
    follow(account, "a", qr_scene=1)
    follow(account, "b", qr_scene_str="1")
    few(1)
    assert Reading(ask(scene=["1"])).among_few() is None
    few(2)
    assert openids(Reading(ask(scene=["1"])).among_few()) == ["a", "b"]


@without_statistics
def test_a_list_has_a_part_for_each_channel_by_which_anybody_came(account, ask):
    follow(account, "a", qr_scene=1)
    follow(account, "b", qr_scene_str="1")
    follow(account, "c", qr_scene_str="2")
    follow(account, "d", qr_scene=4)
    parts = Reading(ask(scene=["1", "2", "3"])).parts(NEWEST)
    assert sorted(openids(it.rows) for it in parts) == [["a"], ["b"], ["c"]]


def test_a_channel_that_nobody_came_by_has_a_list_without_anybody(account, ask):
    follow(account, "a", qr_scene=1)
    asked = ask(scene=["7"])
    assert [openids(it.rows) for it in Reading(asked).parts(NEWEST)] == [[]]
    assert openids(asked.followers()) == []


@without_statistics
def test_a_list_has_a_part_for_each_source_of_each_channel(account, ask):
    follow(account, "a", qr_scene=1, subscribe_scene="A")
    follow(account, "b", qr_scene=2, subscribe_scene="B")
    follow(account, "c", qr_scene=2, subscribe_scene="C")
    parts = Reading(ask(scene=["1", "2"], subscribe_scene__exact=["A", "B"])).parts(NEWEST)
    assert sorted(openids(it.rows) for it in parts) == [[], [], ["a"], ["b"]]


def test_with_tags_a_list_is_read_from_theirs(ask, people):
    asked = ask(tags_all=[str(people.pk)], subscribe_scene__exact=["A", "B"])
    assert len(Reading(asked).parts(NEWEST)) == 1


@without_statistics
def test_too_many_parts_are_not_made(account, ask, monkeypatch):
    monkeypatch.setattr(reading, "MAX_PARTS", 5)
    for number in (1, 2, 3):
        follow(account, f"o{number}", qr_scene=number, subscribe_scene="A")
    asked = ask(scene=["1", "2", "3"], subscribe_scene__exact=["A", "B"])
    assert sorted(openids(it.rows) for it in Reading(asked).parts(NEWEST)) == [
        ["o1"],
        ["o2"],
        ["o3"],
    ]


@pytest.mark.parametrize("most", [0, 1])
def test_where_few_have_outdated_details_they_are_sorted(account, ask, monkeypatch, most):
    """On PostgreSQL, and up to as many as where there are no statistics."""
    monkeypatch.setattr(reading, "FEW", most)
    monkeypatch.setattr(reading, "FEW_BESIDE_STATISTICS", 0)
    follow(account, "old", details_synced_at=LONG_AGO, status_as_of=LONG_AGO)
    _unread, older = Reading(ask(details_stale=["1"])).parts(NEWEST)
    assert openids(older.rows) == ["old"]
    assert older.is_small is (most == 1 and connection.vendor == "postgresql")


@without_statistics
def test_sqlite_finds_whose_details_are_missing_by_their_index(ask):
    unread, _older = Reading(ask(details_stale=["1"])).parts(NEWEST)
    assert "follower_unread_details" in unread.rows.order_by().explain()
