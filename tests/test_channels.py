import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.channels import Reach, Unnamed, by_scene, reach, unnamed
from followers.models import Channel, Follower
from followers.rows.profiles import scene_of
from followers.segments.channels import filter_by_scenes

from .factories import follow, make_unsubscribed


@pytest.mark.parametrize(
    ("number", "text", "scene"), [(1043, "", "1043"), (None, "store", "store"), (None, "", "")]
)
def test_a_scene_is_a_number_or_a_text(number, text, scene):
    assert scene_of(number, text) == scene


@pytest.mark.parametrize(
    ("scenes", "openids"),
    [
        (["1043"], ["number", "written"]),
        (["store", "7"], ["text"]),
        (["01043"], []),
        (["9" * 30], []),
        ([], []),
    ],
)
def test_who_came_by_a_scene(account, scenes, openids):
    follow(account, "number", qr_scene=1043)
    follow(account, "written", qr_scene_str="1043")
    follow(account, "text", qr_scene_str="store")
    follow(account, "other")
    found = Follower.objects.filter(filter_by_scenes(scenes)).order_by("pk")
    assert list(found.values_list("openid", flat=True)) == openids


def test_only_the_account_itself_names_its_scenes(account):
    shop = Channel.objects.create(account=account, scene="7", name="Seventh")
    keys = {(account.pk, "7"), (account.pk, "8"), (account.pk + 1, "7")}
    assert by_scene(keys) == {(account.pk, "7"): shop}
    assert by_scene(set()) == {}


def test_unnamed_scenes_come_the_busiest_first_and_no_more_than_asked_for(account):
    Channel.objects.create(account=account, scene="named", name="x")
    for number, scene in enumerate(["named", "one", "two", "two", "named"]):
        follow(account, f"t{number}", qr_scene_str=scene)
    for number in range(3):
        follow(account, f"n{number}", qr_scene=7)
    first, second = Unnamed(account.pk, "7", 3), Unnamed(account.pk, "two", 2)
    assert unnamed([account.pk], 2) == [first, second]
    assert unnamed([account.pk + 1], 2) == []


def test_what_a_scene_brought_is_everybody_and_who_of_them_still_follows(account):
    for number in range(3):
        follow(account, f"n{number}", qr_scene=7)
    make_unsubscribed(account, "gone", qr_scene=7)
    make_unsubscribed(account, "text", qr_scene_str="store")
    follow(account, "other", qr_scene=8)
    seven, store, nobody = (account.pk, "7"), (account.pk, "store"), (account.pk, "9" * 30)
    elsewhere = (account.pk + 1, "7")
    assert reach([seven, store, nobody, elsewhere]) == {seven: Reach(4, 3), store: Reach(1, 0)}
    assert reach([]) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
def test_what_scenes_brought_is_read_from_partial_indexes(account):
    with CaptureQueriesContext(connection) as queries:
        reach([(account.pk, "7"), (account.pk, "store")])
    used = []
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            used.append(cursor.fetchone()[3])
    assert "COVERING INDEX follower_qr_scene " in used[0]
    assert "COVERING INDEX follower_qr_scene_str " in used[1]
    assert "INDEX follower_left " in used[2]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
def test_scenes_are_counted_from_their_indexes_alone(account):
    with CaptureQueriesContext(connection) as queries:
        unnamed([account.pk], 10)
    with connection.cursor() as cursor:
        for query in queries.captured_queries[1:3]:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            assert "COVERING INDEX follower_qr_scene" in cursor.fetchone()[3]
