"""When a segment counts as looked at, and how its size is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from followers.admin.followers import paginator
from followers.models import Segment
from tests.factories import follow, make_unsubscribed

FOLLOWERS = "/admin/followers/follower/"


@pytest.fixture
def viewer(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def segment(account):
    """Of one who follows and one who left."""
    follow(account, "oHere", remark="Li")
    make_unsubscribed(account, "oGone", remark="Li")
    return Segment.objects.create(account=account, name="friends", query="q=Li")


def look(client, segment, more=""):
    assert client.get(f"{FOLLOWERS}?segment={segment.pk}{more}").status_code == 200
    segment.refresh_from_db()
    return segment.size_at_last_look


def test_paging_is_one_look(viewer, segment, account):
    assert look(viewer, segment) == 1
    follow(account, "oNew", remark="Li")
    assert look(viewer, segment, "&p=2") == 1
    before = timezone.now() - timedelta(minutes=2)
    Segment.objects.update(looked_at=before)
    assert look(viewer, segment) == 2
    assert segment.looked_at > before


@pytest.mark.parametrize(
    ("more", "size"),
    [("&subscribed__exact=1", 1), ("&subscribed__exact=all", 1), ("&subscribed__exact=0", None)],
)
def test_a_tab_with_others_is_no_look(viewer, segment, more, size):
    """The segment means those who follow."""
    assert look(viewer, segment, more) == size


def test_a_size_that_takes_too_long_is_not_told(viewer, segment, monkeypatch):
    monkeypatch.setattr(paginator, "HEAD", 0)
    monkeypatch.setattr(
        "followers.admin.segments.sizes.count_together",
        lambda paginators: [it.give_up_counting() for it in paginators],
    )
    size = viewer.get(f"/admin/followers/segment/{segment.pk}/size/").json()
    assert (size["count"], size["text"]) == (None, "0+")
