"""Segments are renamed, shared, duplicated and deleted."""

import pytest

from followers.models import Segment

from .driver import ENGLISH, KEEPING, LIST, make, said, save, user_of

pytestmark = pytest.mark.usefixtures("people")


def test_rename_share_duplicate_delete(member, colleague, account):
    segment = make(account, owner=user_of(member), shared=False)
    address = f"{LIST}{segment.pk}/"
    assert colleague.get(f"{address}change/").status_code == 404
    member.post(f"{address}share/", {"shared": "1"})
    assert colleague.get(f"{address}change/").status_code == 200
    member.post(f"{address}rename/", {"name": "pals"})
    copied = colleague.post(f"{address}duplicate/")
    copy = Segment.objects.get(owner=user_of(colleague))
    assert (copy.name, copy.query, copy.shared) == ("pals (2)", "q=Li", False)
    assert str(copy.pk) in copied.url
    member.post(f"{address}share/")
    assert colleague.get(f"{address}change/").status_code == 404
    member.post(f"{address}remove/")
    assert list(Segment.objects.all()) == [copy]


@pytest.mark.parametrize("what", ["rename", "share", "remove"])
def test_others_segments_are_changed_by_those_who_may(make_staff, member, account, what):
    segment = make(account)
    address, form = f"{LIST}{segment.pk}/{what}/", {"name": "x", "shared": "1"}
    assert member.post(address, form).status_code == 403
    assert f"{what}/" not in member.get(f"{LIST}{segment.pk}/change/").text
    assert save(member, "q=x", segment=segment.pk).status_code == 403
    manager = make_staff(account, "view_follower", "manage_segments", *KEEPING)
    assert f"{what}/" in manager.get(f"{LIST}{segment.pk}/change/").text
    assert manager.post(address, form).status_code == 302


@pytest.mark.parametrize("what", ["rename", "share", "duplicate", "remove", "save"])
def test_what_changes_something_is_a_form(member, account, what):
    segment = make(account, owner=user_of(member))
    address = f"{LIST}save/" if what == "save" else f"{LIST}{segment.pk}/{what}/"
    assert member.get(address).status_code == 405


def test_what_others_cannot_see_is_not_shared_within_another(member, account):
    inner = make(account, "inner", owner=user_of(member), shared=False)
    outer = make(account, "outer", f"segment={inner.pk}", owner=user_of(member), shared=False)
    address = f"{LIST}{outer.pk}/share/"
    answer = member.post(address, {"shared": "1"}, headers=ENGLISH)
    assert "Share the segment “inner” first" in said(member, answer)
    outer.refresh_from_db()
    assert not outer.shared
