"""Filters on what WeChat tells: each alone, together, refused, in words."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel, ExportLog, FollowerTag, Tag
from tests.factories import follow

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
ALL = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}


@pytest.fixture
def exporter(make_staff, account):
    return make_staff(account, "view_follower", "export_follower")


@pytest.fixture
def seen(exporter):
    """The openids that a list with these parameters shows, newest first."""

    def seen(**params) -> list[str]:
        page = exporter.get(LIST, params)
        assert page.context["cl"].paginator.count == len(page.context["cl"].result_list)
        return [row.openid for row in page.context["cl"].result_list]

    return seen


@pytest.fixture
def tags(account) -> dict[str, Tag]:
    """a has one, b has both, c has two, d has none."""
    found = {
        name: Tag.objects.create(account=account, wechat_id=100 + i, name=name)
        for i, name in enumerate(("one", "two"))
    }
    for openid, names in {"a": ["one"], "b": ["one", "two"], "c": ["two"], "d": []}.items():
        follower = follow(account, openid, subscribe_scene="ADD_SCENE_PAID" if names else "")
        FollowerTag.objects.bulk_create(
            FollowerTag(tag=found[name], follower=follower) for name in names
        )
    return found


def test_by_tag(tags, seen):
    assert seen(tags__id__exact=tags["one"].pk) == ["b", "a"]
    assert seen(tags__id__exact=[tags["one"].pk, tags["two"].pk]) == ["b"]
    assert seen(tags__id__exact=tags["one"].pk, o="first_seen") == ["a", "b"]


def test_by_tag_with_everything_else(tags, seen, account):
    params = {"tags__id__exact": tags["two"].pk, "subscribe_scene__exact": "ADD_SCENE_PAID"}
    assert seen(**params, account__id__exact=account.pk, subscribed__exact="1") == ["c", "b"]
    assert seen(**params, q="b") == ["b"]
    assert seen(**params, first_seen_from="2030-01-01") == []


def test_a_tag_of_another_account_is_no_filter(tags, foreign, exporter):
    theirs = Tag.objects.create(account=foreign, wechat_id=100, name="theirs")
    page = exporter.get(LIST, {"tags__id__exact": theirs.pk}, headers=ENGLISH)
    assert page.context["cl"].result_count == 0
    assert "This account has no tag" in page.content.decode()


def test_tags_want_one_account(tags, foreign, admin_client):
    page = admin_client.get(LIST, {"tags__id__exact": tags["one"].pk}, headers=ENGLISH)
    assert page.context["cl"].result_count == 0
    assert "choose one account" in page.content.decode()
    params = {"tags__id__exact": tags["one"].pk, "account__id__exact": tags["one"].account_id}
    assert admin_client.get(LIST, params).context["cl"].result_count == 2


def test_without_an_account_the_sheet_says_why_there_are_no_tags(tags, foreign, admin_client):
    page = admin_client.get(LIST, headers=ENGLISH).content.decode()
    assert "Choose an account first" in page
    assert 'name="tags__id__exact"' not in page


def test_each_tag_is_lifted_alone(tags, exporter):
    one, two = (tag.pk for tag in tags.values())
    page = exporter.get(LIST, {"tags__id__exact": [one, two]}, headers=ENGLISH)
    chips = {chip["text"]: chip["without"] for chip in page.context["cl"].conditions}
    assert chips == {
        "Tag: one": f"?tags__id__exact={two}",
        "Tag: two": f"?tags__id__exact={one}",
    }


def test_by_source_also_by_one_that_is_not_documented(account, seen):
    follow(account, "a", subscribe_scene="ADD_SCENE_PAID")
    follow(account, "b", subscribe_scene="ADD_SCENE_FROM_2031")
    assert seen(subscribe_scene__exact="ADD_SCENE_PAID") == ["a"]
    assert seen(subscribe_scene__exact="ADD_SCENE_FROM_2031") == ["b"]
    assert seen(subscribe_scene__exact="ADD_SCENE_NOBODY") == []


def test_by_channel_or_scene(account, foreign, seen):
    for scene, group in (("1043", "East"), ("store_7", "East"), ("9", "North")):
        Channel.objects.create(account=account, scene=scene, name=f"Shop {group}", group=group)
    Channel.objects.create(account=foreign, scene="11", name="Shop East", group="East")
    follow(account, "number", qr_scene=1043)
    follow(account, "text", qr_scene_str="store_7")
    follow(account, "written", qr_scene_str="1043")
    follow(account, "north", qr_scene=9)
    follow(account, "unnamed", qr_scene=11)
    follow(account, "none")
    assert seen(scene="1043") == ["written", "number"]
    assert seen(scene="Shop East") == ["written", "text", "number"]
    assert seen(scene="11") == ["unnamed"]
    assert seen(scene="0") == []
    assert seen(channel_group="East") == ["written", "text", "number"]
    assert seen(channel_group="North", scene="Shop East") == []


def test_a_chosen_scene_is_shown_with_its_name(account, exporter):
    Channel.objects.create(account=account, scene="1043", name="南京西路店")
    page = exporter.get(LIST, {"scene": "1043"}, headers=ENGLISH)
    assert [chip["text"] for chip in page.context["cl"].conditions] == [
        "Channel: 南京西路店 (1043)"
    ]


def test_by_blacklist_and_remark(account, seen):
    follow(account, "a", blacklisted=True)
    follow(account, "b", remark="x")
    assert seen(blacklisted__exact="1") == ["a"]
    assert seen(blacklisted__exact="0") == ["b"]
    assert seen(remark__isempty="0") == ["b"]
    assert seen(remark__isempty="1") == ["a"]


def test_by_the_local_day_of_following(account, seen):
    for openid, moment in {
        "before": datetime(2024, 10, 30, 15, 59, 59, tzinfo=UTC),
        "first": datetime(2024, 10, 30, 16, tzinfo=UTC),
        "last": datetime(2024, 10, 31, 15, 59, 59, tzinfo=UTC),
        "unknown": None,
    }.items():
        follow(account, openid, subscribe_time=moment)
    assert seen(followed_from="2024-10-31", followed_to="2024-10-31") == ["last", "first"]
    assert seen(followed_to="2024-10-30") == ["before"]


@pytest.mark.parametrize(
    "params",
    [
        {"tags__id__exact": "x"},
        {"tags__id__exact": "1\0"},
        {"tags__id__exact": "9" * 30},
        {"subscribe_scene__exact": "\0"},
        {"subscribe_scene__exact": "x" * 65},
        {"scene": "\0"},
        {"scene": "x" * 101},
        {"channel_group": "nowhere"},
        {"blacklisted__exact": "2"},
        {"remark__isempty": "x"},
        {"followed_from": "2024/10/31"},
        {"followed_from": "2024-10-31", "followed_to": "2024-10-01"},
    ],
)
def test_what_cannot_be_read_matches_and_exports_nobody(account, exporter, params):
    follow(account, "o1", qr_scene=1)
    page = exporter.get(LIST, params)
    assert page.context["cl"].result_count == 0
    assert 'role="alert"' in page.content.decode()
    assert exporter.post(f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}", ALL)
    assert not ExportLog.objects.exists()


def test_the_record_of_an_export_knows_the_tags_by_name(tags, exporter):
    query = f"?tags__id__exact={tags['one'].pk}"
    b"".join(exporter.post(LIST + query, ALL).streaming_content)
    assert ExportLog.objects.get().filters["tags"] == {str(tags["one"].pk): "one"}
    assert ExportLog.objects.get().rows == 2


def test_channel_names_are_exported_where_they_are_ticked(account, exporter):
    follow(account, "a", qr_scene=7)
    assert "with_channels" not in exporter.get(LIST).content.decode()
    Channel.objects.create(account=account, scene="7", name="Seventh")
    assert "with_channels" in exporter.get(LIST).content.decode()
    for data, columns in (
        (ALL, 14),
        ({**ALL, "with_channels": "1"}, 16),
        ({**ALL, "action": "export_csv_with_channels"}, 16),
    ):
        lines = b"".join(exporter.post(LIST, data).streaming_content).decode().splitlines()
        assert [line.count(",") + 1 for line in lines] == [columns] * 2
        assert ("Seventh" in lines[1]) == (columns == 16)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
def test_a_tag_is_read_from_its_own_index(tags, exporter, account):
    params = {
        "tags__id__exact": [tag.pk for tag in tags.values()],
        "account__id__exact": account.pk,
        "followed_from": "2024-10-01",
    }
    with CaptureQueriesContext(connection) as queries:
        exporter.get(LIST, params)
    plans = [plan(q["sql"]) for q in queries if "INNER JOIN" in q["sql"] and "tag_id" in q["sql"]]
    steps = [step for plan in plans for step in plan]
    # The numbers of those who follow and of those who left; the page is found among the few that
    # the shortest index names.
    assert sum("follower_tag_followed (tag_id=? AND followed_at>?)" in step for step in steps) == 2
    assert not [step for step in steps if "follower_account (account_id=?)" in step]


def plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
        return [row[3] for row in cursor.fetchall()]
