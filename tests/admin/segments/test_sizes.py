"""How many are in a segment, and what the list of segments costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel, Tag
from tests.factories import follow

from .driver import ENGLISH, FOLLOWERS, LIST, make

pytestmark = pytest.mark.usefixtures("people")


def test_how_many_there_are_now_and_were(member, account):
    segment = make(account, query="subscribed__exact=1")
    size = member.get(f"{LIST}{segment.pk}/size/").json()
    assert (size["count"], size["text"], size["problem"], size["last"]) == (2, "2", "", "")
    member.get(f"{FOLLOWERS}?segment={segment.pk}")
    follow(account, "oNew")
    size = member.get(f"{LIST}{segment.pk}/size/").json()
    assert (size["count"], size["last"][:4]) == (3, "2 · ")
    assert "2 ·" in member.get(f"{LIST}{segment.pk}/change/").text


def test_only_the_whole_segment_is_a_look_at_it(member, account):
    segment = make(account)
    member.get(f"{FOLLOWERS}?segment={segment.pk}&q=x")
    member.get(f"{FOLLOWERS}?segment={segment.pk}&segment=999")
    segment.refresh_from_db()
    assert segment.looked_at is None


def test_a_size_that_cannot_be_counted(member, account):
    segment = make(account, query="tags__id__exact=9")
    size = member.get(f"{LIST}{segment.pk}/size/", headers=ENGLISH).json()
    assert (size["count"], size["text"]) == (None, "–")
    assert "has been deleted" in size["problem"]
    assert "has been deleted" in member.get(f"{LIST}{segment.pk}/change/", headers=ENGLISH).text


def varied(account, number):
    tag = Tag.objects.create(account=account, wechat_id=number, name=f"t{number}")
    Channel.objects.create(
        account=account, scene=f"s{number}", name=f"c{number}", group=f"g{number}"
    )
    queries = [
        f"tags__id__exact={tag.pk}",
        f"scene=c{number}",
        f"scene=s{number}&channel_group=g{number}",
        "scene=nobody",
        "origin_scene=s1",
        f"segment={make(account, f'inner {number}').pk}",
    ]
    for query in queries:
        make(account, f"{number} {query}", query)


@pytest.mark.parametrize("page", [LIST, "/admin/", FOLLOWERS])
def test_segments_cost_no_queries_each(member, account, page):
    counts = []
    for number in (1, 2, 3, 4, 5):
        varied(account, number)
        member.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert member.get(page).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
