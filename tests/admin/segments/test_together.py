"""Two people at one segment, and whose names nobody else reads."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from followers.admin.segments import change_views, saving
from followers.admin.segments.saving import Draft, SaveRefused
from followers.models import Segment
from followers.segments.saved import Shelf

from .driver import ENGLISH, FOLLOWERS, LIST, make, save, user_of

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture
def outer(member, account):
    """Of the member, like the segment `secret` within it."""
    secret = make(account, "secret", "q=Li", owner=user_of(member), shared=False)
    save(member, f"segment={secret.pk}", name="outer")
    return Segment.objects.get(name="outer")


def read_by(client, outer):
    """All that somebody else may read of it."""
    pages = (LIST, f"{LIST}{outer.pk}/change/", f"{FOLLOWERS}?segment={outer.pk}")
    inner = outer.query.removeprefix("segment=")
    return "".join(
        client.get(it, follow=True, headers=ENGLISH).text
        for it in (*pages, f"{FOLLOWERS}?segment={inner}")
    )


def test_sharing_tells_nobody_what_a_deleted_segment_was_called(member, colleague, outer):
    member.post(f"{LIST}{Segment.objects.get(name='secret').pk}/remove/")
    assert "secret" in read_by(member, outer)
    member.post(f"{LIST}{outer.pk}/share/", {"shared": "1"})
    outer.refresh_from_db()
    assert (outer.shared, outer.tag_names) == (True, {})
    told = read_by(colleague, outer)
    assert "has been deleted, or you may not see it" in told
    assert "secret" not in told


def test_a_shared_segment_keeps_the_names_of_shared_ones(member, account):
    inner = make(account, "inner", "q=Li", owner=user_of(member), shared=True)
    save(member, f"segment={inner.pk}", name="outer")
    outer = Segment.objects.get(name="outer")
    member.post(f"{LIST}{outer.pk}/share/", {"shared": "1"})
    outer.refresh_from_db()
    assert outer.tag_names == {f"segment={inner.pk}": "inner"}


def test_whoever_replaces_somebody_s_segment_leaves_them_no_name(
    member, account, admin_client, colleague
):
    secret = make(account, "secret", "q=Li", owner=user_of(admin_client), shared=False)
    theirs = make(account, "theirs", "q=Wu", owner=user_of(colleague), shared=False)
    own = f"account__id__exact={account.pk}&segment={secret.pk}"
    save(admin_client, own, segment=theirs.pk)
    theirs.refresh_from_db()
    assert (theirs.query, theirs.tag_names) == (f"segment={secret.pk}", {})
    assert "secret" not in read_by(colleague, theirs)


def replace(segment, user):
    params = {"account__id__exact": [str(segment.account_id)], "q": ["Wu"]}
    saving.replace(segment, Draft(user, params, Shelf(Segment.objects.all()), segment))


CHANGES = {
    "rename": lambda segment, _user: saving.rename(segment, "new"),
    "share": lambda segment, _user: saving.share(segment, []),
    "unshare": lambda segment, _user: saving.unshare(segment),
    "replace": replace,
    "remove": lambda segment, _user: saving.remove(segment),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_somebody_else_has_deleted_stays_so(member, account, change):
    segment = make(account, "mine", "q=Li", owner=user_of(member))
    Segment.objects.filter(pk=segment.pk).delete()
    with pytest.raises(SaveRefused, match="人群“mine”刚刚已被删除"):
        change(segment, user_of(member))
    assert not Segment.objects.exists()


@pytest.mark.parametrize("action", ["rename", "share", "remove"])
def test_the_answer_is_the_list_with_a_sentence(member, account, monkeypatch, action):
    segment = make(account, "mine", "q=Li", owner=user_of(member))
    monkeypatch.setattr(
        change_views, "_require", lambda *_: Segment.objects.filter(pk=segment.pk).delete()
    )
    answer = member.post(
        f"{LIST}{segment.pk}/{action}/",
        {"name": "new", "shared": "1"},
        follow=True,
        headers={"accept-language": "zh-hans"},
    )
    assert "人群“mine”刚刚已被删除。" in answer.text


def test_a_key_is_written_in_one_way(member, account, outer):
    answer = member.get(f"{FOLLOWERS}?segment=0{outer.pk}", headers=ENGLISH)
    assert f"There is no segment “0{outer.pk}”, or you may not see it." in answer.text


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one connection writes at a time")
def test_two_who_are_deleted_at_once_are_both_kept_by_name(member, outer):
    """Whoever keeps a name has read the others under a lock."""
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        saving.keep_name(Segment.objects.get(name="secret"))
    naming = [it["sql"] for it in queries if "LIKE" in it["sql"]]
    assert [it.endswith("FOR UPDATE") for it in naming] == [True]
