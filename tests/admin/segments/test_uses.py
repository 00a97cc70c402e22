"""Which segments use what is about to be deleted is said before, and how deep a list looks."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel, Segment, Tag
from followers.segments.saved import MAX_DEPTH
from tests.factories import follow

from .driver import ENGLISH, KEEPING, LIST, make, user_of

WILL = "Segments that use it show nobody once it is deleted: {}."


@pytest.fixture
def member(make_staff, account):
    follow(account, "oHere")
    keeps = (*KEEPING, "manage_tags", "clear_tag")
    channels = ("view_channel", "change_channel", "delete_channel")
    return make_staff(account, "view_follower", "view_tag", "tag_followers", *keeps, *channels)


@pytest.fixture
def tag(account):
    return Tag.objects.create(account=account, wechat_id=101, name="vip", follower_count=1)


def page(client, address):
    return client.get(f"/admin/followers/{address}", headers=ENGLISH).text


@pytest.mark.parametrize("number", [1, 100_001])
def test_a_tag_names_its_segments_before_it_is_deleted(member, account, tag, number):
    """In the question of both ways to delete it."""
    Tag.objects.update(follower_count=number)
    for name, query in [("a", "tags_any=7,{0}"), ("b", "tags_none={0}"), ("c", "q={0}")]:
        make(account, name, query.format(tag.pk))
    found = page(member, f"tag/{tag.pk}/change/")
    question = next(it for it in found.split('data-confirm="') if it.startswith(("Delete", "Take")))
    assert question.split('"')[0].endswith(f" {WILL.format('“a”, “b”')}")
    assert found.count(WILL.format("“a”, “b”")) == 2
    Segment.objects.all().delete()
    assert "Segments that use it" not in page(member, f"tag/{tag.pk}/change/")


def test_of_segments_that_one_may_not_see_there_is_a_number(member, make_staff, account, tag):
    other = User.objects.create_user("other")
    make(account, "secret", f"tags_any={tag.pk}", shared=False, owner=other)
    found = page(member, f"tag/{tag.pk}/change/")
    assert WILL.format("1 of a colleague") in found
    assert "secret" not in found
    for name in "abcdefg":
        make(account, name, f"tags_any={tag.pk}")
    assert WILL.format("“a”, “b”, “c”, “d”, “e”, 3 more") in page(member, f"tag/{tag.pk}/change/")
    sees_tags = make_staff(account, "view_tag", "manage_tags")
    assert WILL.format("8 of colleagues") in page(sees_tags, f"tag/{tag.pk}/change/")


def test_a_segment_names_those_that_use_it(member, account):
    inner = make(account, "inner", "", owner=user_of(member))
    assert "Segments that use it" not in page(member, f"segment/{inner.pk}/change/")
    make(account, "outer", f"segment={inner.pk}")
    found = page(member, f"segment/{inner.pk}/change/")
    assert f"Its followers stay. {WILL.format('“outer”')}" in found


def channels_of(account):
    """Two of the group g, two called door, and one with the scene of another for a name."""
    rows = [("s1", "shop", "g"), ("s2", "door", "g"), ("s3", "door", "h"), ("s4", "s2", "")]
    return [
        Channel.objects.create(account=account, scene=scene, name=name, group=group)
        for scene, name, group in rows
    ]


def asked_before_deletion(client, channels):
    """What either page of confirmation says of segments."""
    one = page(client, f"channel/{channels[0].pk}/delete/") if len(channels) == 1 else ""
    keys = [it.pk for it in channels]
    form = {"action": "delete_selected", "_selected_action": keys}
    several = client.post("/admin/followers/channel/", form, headers=ENGLISH).text
    found = re.findall(r"Once deleted, these segments [^.]*\.", several)
    assert not one or re.findall(r"Once deleted, these segments [^.]*\.", one) == found
    return found


NOBODY = "Once deleted, these segments show nobody: {}."
FEWER = "Once deleted, these segments may have fewer people: {}."


@pytest.mark.parametrize(
    ("query", "places", "said"),
    [
        ("scene=shop", [0], NOBODY),
        ("scene=s9&scene=shop", [0], NOBODY),
        ("scene=shop", [1], None),
        ("scene=door", [1], FEWER),
        ("scene=door", [1, 2], NOBODY),
        ("scene=s2", [3], FEWER),
        # These are found without a name.
        ("scene=s1", [0], None),
        ("origin_scene=s1", [0], None),
        ("channel_group=g", [0], FEWER),
        ("channel_group=g", [0, 1], NOBODY),
        ("channel_group=h", [0, 1], None),
        ("channel_group=h", [2], NOBODY),
        ("channel_contains=DOO", [1], FEWER),
        ("channel_contains=DOO", [0], None),
        ("channel_group_contains=G", [0], FEWER),
    ],
)
def test_channels_name_the_segments_that_change_without_them(member, account, query, places, said):
    channels = channels_of(account)
    make(account, "from it", query)
    make(account, "everybody", "")
    found = asked_before_deletion(member, [channels[place] for place in places])
    assert found == ([said.format("“from it”")] if said else [])


def test_what_is_said_of_a_channel_comes_true(member, account):
    """In the words of the list of segments."""
    shop, door, *_others = channels_of(account)
    for it in (shop, door):
        follow(account, f"o{it.scene}", qr_scene_str=it.scene)
    for name, query in [("a", "scene=s1"), ("b", "scene=shop"), ("c", "channel_group=g")]:
        make(account, name, query)
    outer = make(account, "d", f"segment={Segment.objects.get(name='b').pk}")
    found = asked_before_deletion(member, [shop])
    assert found == [NOBODY.format("“b”, “d”"), FEWER.format("“c”")]
    shop.delete()
    broken = {it.name for it in member.get(LIST).context["cl"].result_list if it.problem}
    assert broken == {"b", outer.name}


def test_channels_that_are_deleted_together_ask_once_for_segments(member, account):
    rows = [Channel(account=account, scene=f"x{n}", name=f"x{n}n", group="x") for n in range(50)]
    Channel.objects.bulk_create(rows)
    for n in range(50):
        make(account, f"{n:02}", f"scene=x{n}n")
    with CaptureQueriesContext(connection) as queries:
        found = asked_before_deletion(member, list(Channel.objects.all()))
    assert found == [NOBODY.format("“00”, “01”, “02”, “03”, “04”, 45 more")]
    assert sum('FROM "followers_segment"' in it["sql"] for it in queries) <= 3


RENAMED = (
    "No channel has the old name or group any more, so these segments show nobody now: {}. "
    "Edit their conditions and choose the new one."
)
CHANNELS = "/admin/followers/channel/"


def warnings_after(client, address, fields):
    answer = client.post(address, fields, headers=ENGLISH)
    assert answer.status_code == 302
    told = client.get(answer.url, headers=ENGLISH).context["messages"]
    return [str(it) for it in told if it.level_tag == "warning"]


def row_of(channel, **other):
    return {"name": channel.name, "group": channel.group, **other}


def in_the_list(channel, **other):
    """Channels of the list in one form, as its page sends them."""
    rows = [
        {"id": it.pk, **row_of(it, **(other if it == channel else {}))}
        for it in Channel.objects.order_by("group", "name", "pk")
    ]
    values = {f"form-{n}-{key}": it for n, row in enumerate(rows) for key, it in row.items()}
    return {
        **values,
        "form-TOTAL_FORMS": len(rows),
        "form-INITIAL_FORMS": len(rows),
        "_save": "Save",
    }


@pytest.mark.parametrize("where", ["list", "page", "file"])
def test_segments_with_an_old_name_are_told_once_it_is_gone(make_staff, account, where):
    rights = ("view_channel", "add_channel", "change_channel", "import_channels")
    member = make_staff(account, "view_follower", *rights)
    shop, *_others = channels_of(account)
    for name, query in [("a", f"scene={shop.name}"), ("b", f"scene={shop.scene}")]:
        make(account, name, query)
    make(account, "c", f"segment={Segment.objects.get(name='a').pk}")

    def rename(name):
        page = {"scene": shop.scene, **row_of(shop, name=name)}
        lines = f"QR scene,Channel,Group\n{shop.scene},{name},{shop.group}\n"
        address, fields = {
            "list": (CHANNELS, in_the_list(shop, name=name)),
            "page": (f"{CHANNELS}{shop.pk}/change/", page),
            "file": (f"{CHANNELS}import/", {"account": account.pk, "text": lines, "apply": "1"}),
        }[where]
        return warnings_after(member, address, fields)

    # Another one has the name still.
    twin = Channel.objects.create(account=account, scene="x", name=shop.name)
    assert rename("renamed") == []
    twin.delete()
    shop.refresh_from_db()
    make(account, "d", "scene=renamed")
    assert rename("again") == [RENAMED.format("“d”")]
    assert rename("again") == []


def test_a_name_that_is_a_scene_as_well_still_finds_whom_that_brought(make_staff, account):
    rights = ("view_channel", "add_channel", "change_channel", "delete_channel")
    member = make_staff(account, "view_follower", *rights)
    channel = Channel.objects.create(account=account, scene="abc", name="5")
    make(account, "five", "scene=5")
    assert asked_before_deletion(member, [channel]) == [NOBODY.format("“five”")]
    follow(account, "oFive", qr_scene=5)
    assert asked_before_deletion(member, [channel]) == [FEWER.format("“five”")]
    page_of_it, renamed = f"{CHANNELS}{channel.pk}/change/", row_of(channel, name="x")
    assert warnings_after(member, page_of_it, {"scene": "abc", **renamed}) == []


def test_what_names_a_segment_of_the_tag_is_named_too(member, account, tag):
    inner = make(account, "c", f"tags_any={tag.pk}")
    middle = make(account, "b", f"segment={inner.pk}")
    make(account, "a", f"q=x&segment=9999&segment={middle.pk}")
    make(account, "d", "q=x")
    assert WILL.format("“a”, “b”, “c”") in page(member, f"tag/{tag.pk}/change/")
    assert WILL.format("“a”, “b”") in page(member, f"segment/{inner.pk}/change/")
    Segment.objects.filter(pk=inner.pk).update(query=f"segment={middle.pk}")
    assert WILL.format("“a”, “b”") in page(member, f"segment/{inner.pk}/change/")


def test_the_list_says_what_is_wrong_as_deep_as_opening_does(member, account, tag):
    segment = make(account, "a0", f"tags_any={tag.pk}", tag_names={str(tag.pk): tag.name})
    for depth in range(1, 4):
        segment = make(account, f"a{depth}", f"segment={segment.pk}")
    assert "shows nobody" not in page(member, "segment/")
    tag.delete()
    # Not only where the broken one is on the same page of the list.
    found = page(member, "segment/?q=a3")
    why = "the tag “vip” has been deleted."
    for depth in range(3):
        why = f"The segment “a{depth}” shows nobody: {why}"
    assert why in found
    opened = page(member, f"follower/?segment={segment.pk}&subscribed__exact=all")
    assert f"The segment “a3” shows nobody: {why}" in opened


def test_the_list_says_what_lies_too_deep(member, account):
    """An inner one was given more after the outer one was saved."""
    chain = [make(account, "a0", "")]
    for depth in range(1, MAX_DEPTH + 1):
        chain.append(make(account, f"a{depth}", f"segment={chain[-1].pk}"))
    found = page(member, f"segment/?q=a{MAX_DEPTH}")
    why = "The segment “a0” lies too deep within other segments."
    for depth in range(1, MAX_DEPTH):
        why = f"The segment “a{depth}” shows nobody: {why}"
    assert why in found
    assert why in page(member, f"follower/?segment={chain[-1].pk}")
    assert "shows nobody" not in page(member, f"segment/?q=a{MAX_DEPTH - 1}")


def test_a_segment_within_itself_ends(member, account):
    one = make(account, "one", "")
    two = make(account, "two", f"segment={one.pk}")
    Segment.objects.filter(pk=one.pk).update(query=f"segment={two.pk}")
    assert "contains itself" in page(member, "segment/")
