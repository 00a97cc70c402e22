"""Segments in the admin: save, replace, share, duplicate, delete, count."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel, ExportLog, Follower, FollowerTag, Segment, Tag
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/segment/"
FOLLOWERS = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
KEEPING = ("add_segment", "change_segment", "delete_segment")


@pytest.fixture
def member(make_staff, account):
    return make_staff(
        account, "view_follower", "export_follower", "tag_followers", "view_exportlog", *KEEPING
    )


@pytest.fixture
def colleague(make_staff, account):
    return make_staff(account, "view_follower", *KEEPING)


@pytest.fixture(autouse=True)
def people(account):
    follow(account, "oHere", remark="Li")
    follow(account, "oThere")
    make_unsubscribed(account, "oGone", remark="Li")


def user_of(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def make(account, name="friends", query="q=Li", **values):
    return Segment.objects.create(account=account, name=name, query=query, **values)


def save(client, query, **form):
    return client.post(f"{LIST}save/", {"query": query, **form}, headers=ENGLISH)


def said(client, response):
    return client.get(response.url, headers=ENGLISH).text


def shown(client, address):
    return sorted(re.findall(r'title="(o[A-Z]\w+)"', client.get(address).text))


# --- saving ---------------------------------------------------------------------------------------


def test_a_list_is_saved_without_account_and_page(member, account):
    query = f"account__id__exact={account.pk}&q=Li&subscribed__exact=0&p=2&o=-1"
    answer = save(member, query, name=" Old  friends ")
    segment = Segment.objects.get()
    assert (segment.name, segment.query) == ("Old friends", "q=Li&subscribed__exact=0")
    assert (segment.owner, segment.shared, segment.account) == (user_of(member), False, account)
    own = f"account__id__exact={account.pk}&segment={segment.pk}&subscribed__exact=0"
    assert answer.url == f"{FOLLOWERS}?{own}"
    assert shown(member, answer.url) == ["oGone"]
    assert "Segment: Old friends" in said(member, answer)


def test_without_a_name_it_is_called_by_its_filters(member, account):
    for _time in range(2):
        save(member, "q=Li&subscribed__exact=1")
    names = sorted(Segment.objects.values_list("name", flat=True))
    assert names == ["Search: Li", "Search: Li (2)"]


def test_the_names_of_its_tags_are_kept(member, account):
    tag = Tag.objects.create(account=account, wechat_id=101, name="VIP")
    save(member, f"tags__id__exact={tag.pk}", name="best")
    assert Segment.objects.get().tag_names == {str(tag.pk): "VIP"}
    tag.delete()
    assert "the tag “VIP” has been deleted" in member.get(LIST, headers=ENGLISH).text


@pytest.mark.parametrize("query", ["foo=1", "followed_from=x", "tags__id__exact=9", "segment=9"])
def test_what_shows_nobody_by_mistake_is_not_saved(member, query):
    answer = save(member, query, name="x")
    assert answer.url == f"{FOLLOWERS}?{query}"
    assert not Segment.objects.exists()


def test_a_name_that_is_taken_is_refused_in_words(member, account):
    make(account, owner=None, shared=False)
    assert "already, perhaps a colleague" in said(member, save(member, "q=Li", name="friends"))
    assert Segment.objects.count() == 1


def test_of_several_accounts_one_is_chosen_first(member, foreign):
    foreign.members.add(user_of(member))
    assert "choose one account first" in said(member, save(member, "q=Li", name="x"))
    assert not Segment.objects.exists()


def test_a_segment_gets_other_filters(member, account):
    segment = make(account, owner=user_of(member), size_at_last_look=5)
    save(member, "q=oThere", segment=segment.pk)
    segment.refresh_from_db()
    assert (segment.query, segment.size_at_last_look) == ("q=oThere", None)
    page = said(member, save(member, f"segment={segment.pk}&q=x", segment=segment.pk))
    assert "contains itself" in page
    segment.refresh_from_db()
    assert segment.query == "q=oThere"


def test_a_shared_segment_gets_no_filters_that_others_cannot_see(member, account):
    inner = make(account, "inner", owner=user_of(member), shared=False)
    shared = make(account, "shared", owner=user_of(member), size_at_last_look=5)
    answer = save(member, f"segment={inner.pk}", segment=shared.pk)
    assert "Share the segment “inner” first" in said(member, answer)
    shared.refresh_from_db()
    assert (shared.query, shared.size_at_last_look) == ("q=Li", 5)
    save(member, f"segment={inner.pk}", name="x", shared="1")
    assert not Segment.objects.filter(name="x").exists()


def test_a_name_of_another_account_is_free(member, account, foreign):
    make(foreign, "Search: Li")
    save(member, "q=Li")
    assert Segment.objects.get(account=account).name == "Search: Li"


def test_a_channel_group_that_is_gone_is_said_in_the_list_of_segments(member, account):
    channel = Channel.objects.create(account=account, scene="1", name="Door", group="Shops")
    make(account, query="channel_group=Shops")
    assert "any more" not in member.get(LIST, headers=ENGLISH).text
    channel.delete()
    text = "nothing has the channel name, group or QR scene “Shops” any more"
    assert text in member.get(LIST, headers=ENGLISH).text


def test_filters_have_no_file_of_ids(member, account):
    segment = make(account)
    assert member.get(f"{LIST}{segment.pk}/ids/").status_code == 404
    assert not ExportLog.objects.exists()


@pytest.mark.parametrize(
    ("queries", "status"),
    [
        (("subscribed__exact=1", "subscribed__exact=0"), "all"),
        (("subscribed__exact=0", "q=x&subscribed__exact=0"), "0"),
        (("q=Li",), "1"),
    ],
)
def test_a_list_of_segments_opens_on_the_status_that_they_share(member, account, queries, status):
    keys = [make(account, query, query).pk for query in queries]
    page = member.get(FOLLOWERS, {"segment": keys})
    assert page.context["cl"].asked.status.value == status


def test_its_filters_open_in_the_list_which_offers_it_first(member, account):
    segment = make(account, owner=user_of(member))
    answer = member.get(f"{LIST}{segment.pk}/conditions/")
    expected = f"account__id__exact={account.pk}&subscribed__exact=1&q=Li"
    assert answer.url == f"{FOLLOWERS}?{expected}"
    assert f'<option value="{segment.pk}" selected>' in member.get(answer.url).text


# --- what is done to them -------------------------------------------------------------------------


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


# --- sizes ----------------------------------------------------------------------------------------


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


# --- sidebar, list, export, change ----------------------------------------------------------------


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
    for key in ("999", "x"):
        page = member.get(f"{FOLLOWERS}?segment={key}", headers=ENGLISH).text
        assert f"There is no segment “{key}”" in page
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
