"""A follower list is saved as a segment, or in place of one."""

import pytest

from followers.models import Channel, ExportLog, Segment, Tag

from .driver import ENGLISH, FOLLOWERS, LIST, make, said, save, shown, user_of

pytestmark = pytest.mark.usefixtures("people")


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
