"""Segments in the sidebar, as a list, in exports and changes, and without their owner."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import ExportLog, Follower, FollowerTag, Segment, Tag
from tests.factories import follow

from .driver import ENGLISH, FOLLOWERS, LIST, make, shown, user_of

pytestmark = pytest.mark.usefixtures("people")


def test_the_sidebar_names_the_segments_of_the_account(member, account, foreign):
    make(account, "<b>bold</b>", owner=user_of(member), shared=False)
    make(account, "colleague only", shared=False)
    make(foreign, "of another")
    page = member.get("/admin/", headers=ENGLISH).text
    assert "&lt;b&gt;bold" in page
    assert "colleague only" not in page
    assert "of another" not in page
    assert "more…" not in page
    for number in range(9):
        make(account, f"n{number}")
    assert "more…" in member.get("/admin/", headers=ENGLISH).text


def test_the_sidebar_asks_once(member, account):
    make(account)
    for page in ("/admin/", LIST, f"{FOLLOWERS}?account__id__exact={account.pk}"):
        with CaptureQueriesContext(connection) as queries:
            member.get(page)
        asked = [it["sql"] for it in queries if "followers_segment" in it["sql"]]
        assert len([it for it in asked if "CASE WHEN" in it]) == 1


def test_an_export_is_exactly_the_segment_and_says_so_in_the_log(member, account):
    segment = make(account, query="q=Li&subscribed__exact=all")
    form = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}
    file = member.post(f"{FOLLOWERS}?segment={segment.pk}", form).getvalue().decode()
    assert sorted(re.findall(r"o[A-Z]\w+", file)) == ["oGone", "oHere"]
    segment.delete()
    log = member.get("/admin/followers/exportlog/", headers=ENGLISH).text
    assert "Segment: friends" in log
    assert "Search: Li" in log
    assert ExportLog.objects.get().rows == 2


def test_a_change_of_all_that_match_is_for_the_segment(member, account):
    segment = make(account, query="q=Li&subscribed__exact=all")
    tag = Tag.objects.create(account=account, wechat_id=101, name="VIP")
    form = {"action": "edit_tag", "index": "0", "select_across": "1", "_selected_action": "0"}
    address = f"{FOLLOWERS}?segment={segment.pk}"
    page = member.post(
        address, {**form, "step": "preview", "add_tag": tag.pk}, headers=ENGLISH
    ).text
    assert "Segment: friends" in page
    assert re.search(r"<b>2</b>\s*<span>selected", page)


def test_a_segment_that_is_gone_is_said_in_the_list(member, account):
    follow(account, "oMore")
    deleted = "A segment that was chosen has been deleted"
    for key, why in (("999", deleted), ("x", "There is no segment “x”")):
        page = member.get(f"{FOLLOWERS}?segment={key}", headers=ENGLISH).text
        assert why in page
        assert "oMore" not in page


def test_the_page_of_a_segment_names_its_filters(member, account):
    tag = Tag.objects.create(account=account, wechat_id=101, name="VIP")
    FollowerTag.objects.create(follower=follow(account, "oVip"), tag=tag)
    segment = make(account, query=f"tags__id__exact={tag.pk}")
    page = member.get(f"{LIST}{segment.pk}/change/", headers=ENGLISH).text
    assert "<bdi>Tag: VIP</bdi>" in page
    assert "<bdi>Following</bdi>" in page


def test_a_segment_of_a_tag_as_a_list(member, account):
    tags = [Tag.objects.create(account=account, wechat_id=n, name=str(n)) for n in (101, 102)]
    both, one = follow(account, "oBoth"), follow(account, "oOne")
    links = [(both, tags[0]), (both, tags[1]), (one, tags[0])]
    FollowerTag.objects.bulk_create(FollowerTag(follower=it, tag=tag) for it, tag in links)
    segment = make(account, query=f"tags__id__exact={tags[0].pk}")
    address = f"{FOLLOWERS}?segment={segment.pk}"
    assert shown(member, address) == ["oBoth", "oOne"]
    assert shown(member, f"{address}&tags__id__exact={tags[1].pk}") == ["oBoth"]
    assert shown(member, f"{address}&q=oOne") == ["oOne"]


def test_an_account_with_segments_alone_can_be_deleted(admin_client, account):
    make(account)
    Follower.objects.all().delete()
    address = f"/admin/followers/officialaccount/{account.pk}/delete/"
    assert admin_client.post(address, {"post": "yes"}).status_code == 302
    assert not Segment.objects.exists()


def test_whose_owner_is_gone_stays(admin_client, account, member):
    segment = make(account, owner=user_of(member), shared=False)
    user_of(member).delete()
    assert "friends" in admin_client.get(LIST).text
    segment.refresh_from_db()
    assert segment.owner is None


def test_managers_take_over_what_a_deleted_owner_kept_private(account, foreign, member, make_staff):
    rights = ("view_follower", "change_segment", "delete_segment")
    manager = make_staff(account, *rights, "manage_segments")
    colleague = make_staff(account, *rights)
    left, private = make(account, "left", shared=False), make(account, "private", shared=False)
    Segment.objects.filter(pk=private.pk).update(owner=user_of(member))
    elsewhere = make(foreign, "elsewhere", shared=False)
    for client, seen in ((manager, [left]), (colleague, [])):
        assert list(client.get(LIST).context["cl"].result_list) == seen
        for segment in (left, private, elsewhere):
            status = client.get(f"{LIST}{segment.pk}/change/").status_code
            assert status == (200 if segment in seen else 404)
    # Nobody chose to show it to them: it is no item of the sidebar.
    assert ">left<" not in manager.get("/admin/").text
    manager.post(f"{LIST}{left.pk}/share/", {"shared": "1"})
    assert list(colleague.get(LIST).context["cl"].result_list) == [left]
    manager.post(f"{LIST}{left.pk}/remove/")
    assert not Segment.objects.filter(pk=left.pk).exists()
