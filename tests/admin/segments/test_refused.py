"""What no segment can be: a question that nobody can open, that means others to others."""

import pytest

from followers.models import Segment
from followers.segments.saved import MAX_DEPTH

from . import driver
from .driver import ENGLISH, FOLLOWERS, LIST, user_of

pytestmark = pytest.mark.usefixtures("people")


def make(client, account, name, query, **values):
    return driver.make(account, name, query, owner=user_of(client), **values)


def post(client, address, **form):
    """What the page says that comes then."""
    answer = client.post(f"{LIST}{address}", form, headers=ENGLISH)
    return client.get(answer.url, headers=ENGLISH).text


def test_whatever_is_saved_can_be_opened(member, account):
    query = "q=Li"
    for depth in range(MAX_DEPTH):
        said = post(member, "save/", query=query, name=f"depth {depth}")
        assert "Saved as the segment" in said
        segment = Segment.objects.get(name=f"depth {depth}")
        found = member.get(f"{FOLLOWERS}?segment={segment.pk}").context["cl"]
        assert (found.problems, found.result_count) == ([], 1)
        query = f"segment={segment.pk}"
    assert "too deep within other segments" in post(member, "save/", query=query, name="deeper")
    assert Segment.objects.count() == MAX_DEPTH


def test_what_is_about_whoever_looks_is_not_shared(member, account):
    query = {"query": "elsewhere=1", "name": "both"}
    assert "cannot be shared" in post(member, "save/", shared="1", **query)
    assert not Segment.objects.exists()
    assert "Saved as the segment" in post(member, "save/", **query)
    segment = Segment.objects.get()
    assert "cannot be shared" in post(member, f"{segment.pk}/share/", shared="1")
    segment.refresh_from_db()
    assert not segment.shared


def test_a_shared_segment_does_not_get_a_condition_about_whoever_looks(member, account):
    segment = make(member, account, "friends", "q=Li", shared=True)
    assert "cannot be shared" in post(member, "save/", query="elsewhere=1", segment=segment.pk)
    segment.refresh_from_db()
    assert segment.query == "q=Li"


def test_what_a_shared_segment_uses_stays_shared(member, account):
    inner = make(member, account, "inner", "q=Li", shared=True)
    outer = make(member, account, "outer", f"segment={inner.pk}", shared=True)
    make(member, account, "another", f"segment=1{inner.pk}", shared=True)
    said = post(member, f"{inner.pk}/share/", shared="0")
    assert "The shared segment “outer” uses this one" in said
    post(member, f"{outer.pk}/share/", shared="0")
    post(member, f"{inner.pk}/share/", shared="0")
    assert not Segment.objects.exclude(name="another").filter(shared=True).exists()


@pytest.mark.parametrize("name", ["\u200b", "\u2060 \ufeff", "\u00ad"])
def test_a_name_that_nobody_can_see_is_none(member, account, name):
    post(member, "save/", query="q=Li", name=name)
    assert Segment.objects.get().name == "Search: Li"
    assert "Give the segment a name" in post(
        member, f"{Segment.objects.get().pk}/rename/", name=name
    )


def test_a_refused_form_comes_back_as_it_was_sent(member, account):
    make(member, account, "taken", "q=Li", shared=True)
    page = post(member, "save/", query="q=Li", name="taken", shared="1")
    assert "has a segment “taken” already" in page
    field = page.split('id="new-segment"')[1].split(">")[0]
    assert 'value="taken"' in field
    assert '<details class="wx-drop" open>' in page
    assert 'name="shared" value="1" checked' in page
    later = member.get(FOLLOWERS, headers=ENGLISH).text
    assert 'value="taken"' not in later
