"""Which segments use what is about to be deleted is said before, and how deep a list looks."""

import pytest
from django.contrib.auth.models import User

from followers.models import Channel, Segment, Tag
from followers.segments.saved import MAX_DEPTH
from tests.factories import follow

from .driver import ENGLISH, KEEPING, make, user_of

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


@pytest.mark.parametrize("query", ["scene=s1", "scene=shop", "origin_scene=s1", "channel_group=g"])
def test_a_channel_names_its_segments(member, account, query):
    channel = Channel.objects.create(account=account, scene="s1", name="shop", group="g")
    other = Channel.objects.create(account=account, scene="s2", name="", group="")
    make(account, "from it", query)
    make(account, "everybody", "")
    sentence = "Segments that use “s1”: “from it”. They may show nobody when it is deleted."
    assert sentence in page(member, f"channel/{channel.pk}/delete/")
    form = {"action": "delete_selected", "_selected_action": [channel.pk, other.pk]}
    found = member.post("/admin/followers/channel/", form, headers=ENGLISH).text
    assert found.count("Segments that use") == 1
    assert sentence in found


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
