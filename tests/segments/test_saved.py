"""The filter by saved segments."""

import pytest
from django.utils.translation import override

from followers.models import Channel, FollowerTag, OfficialAccount, Segment, SegmentId, Tag
from followers.segments.query import FollowerQuery
from followers.segments.saved import MAX_DEPTH, Shelf
from tests.factories import follow, make_unsubscribed


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def make(account):
    def make(query="", name="", **values):
        values = {"account": account, **values}
        return Segment.objects.create(
            name=name or f"s{Segment.objects.count()}", query=query, **values
        )

    return make


@pytest.fixture
def ask(account):
    """The query of a list that names segments and more."""

    def ask(*segments, accounts=None, allowed=None, **more):
        params = {"segment": [str(getattr(it, "pk", it)) for it in segments], **more}
        own = {account.pk: account.name} if accounts is None else accounts
        shelf = Shelf(Segment.objects.all() if allowed is None else allowed)
        return FollowerQuery(params, own, segments=shelf)

    return ask


def openids(query):
    return sorted(query.followers().values_list("openid", flat=True))


@pytest.fixture(autouse=True)
def people(account):
    follow(account, "oHere", remark="Li")
    follow(account, "oThere", blacklisted=True)
    make_unsubscribed(account, "oGone", remark="Li")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["oHere", "oThere"]),
        ("?q=Li", ["oHere"]),
        ("q=Li&subscribed__exact=0", ["oGone"]),
        ("q=Li&subscribed__exact=all", ["oGone", "oHere"]),
        ("blacklisted__exact=1&o=1&p=2", ["oThere"]),
    ],
)
def test_a_segment_is_whoever_matches_its_query_or_follows(make, ask, query, found):
    assert openids(ask(make(query))) == found


def test_segments_and_filters_narrow_each_other(make, ask):
    assert openids(ask(make("q=Li"), make("q=oH"))) == ["oHere"]
    assert openids(ask(make("q=Li"), blacklisted__exact=["1"])) == []
    assert openids(ask(make("subscribed__exact=all"), q=["Li"])) == ["oGone", "oHere"]


def test_two_segments_of_tags(account, make, ask):
    tags = [Tag.objects.create(account=account, wechat_id=n, name=str(n)) for n in (101, 102)]
    person = follow(account, "oBoth")
    for tag in tags:
        FollowerTag.objects.create(follower=person, tag=tag)
    FollowerTag.objects.create(follower=follow(account, "oOne"), tag=tags[0])
    one, two = (make(f"tags__id__exact={tag.pk}") for tag in tags)
    assert openids(ask(one, two)) == ["oBoth"]
    assert openids(ask(one, tags__id__exact=[str(tags[0].pk)])) == ["oBoth", "oOne"]
    assert ask(one).scope.tagged


@pytest.mark.parametrize("key", ["999999", "x", "-1", "1 OR 1", "٣", "9" * 30])
def test_what_is_no_segment_shows_nobody(ask, key):
    query = ask(key)
    assert query.problems
    assert openids(query) == []


def test_a_segment_that_may_not_be_seen_does_not_exist(make, ask):
    query = ask(make("q=Li"), allowed=Segment.objects.none())
    assert query.problems == ["A segment that was chosen has been deleted, or you may not see it."]
    assert openids(query) == []


def test_a_segment_of_another_account(account, make, ask):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009", app_secret="x")
    follow(other, "oHere")
    theirs = make("", account=other)
    assert openids(ask(theirs)) == []
    both = {account.pk: "A", other.pk: "B"}
    assert openids(ask(theirs, accounts=both)) == ["oHere"]
    query = ask(theirs, accounts=both, account__id__exact=[str(account.pk)])
    assert "belongs to another account" in query.problems[0]


def test_segments_within_segments(make, ask):
    inner = make("q=Li&subscribed__exact=all", "inner")
    assert openids(ask(make(f"segment={inner.pk}"))) == ["oGone", "oHere"]
    assert openids(ask(make(f"segment={inner.pk}&subscribed__exact=1"))) == ["oHere"]


def test_a_segment_within_itself_shows_nobody(make, ask):
    one = make("", "one")
    two = make(f"segment={one.pk}", "two")
    one.query = f"segment={two.pk}"
    one.save()
    query = ask(one)
    assert "“one” contains itself" in query.problems[0]
    assert openids(query) == []


def test_segments_are_nested_to_a_depth(make, ask):
    chain = [make("")]
    for _number in range(MAX_DEPTH):
        chain.append(make(f"segment={chain[-1].pk}"))
    assert not ask(chain[-2]).problems
    assert "too deep" in ask(chain[-1]).problems[0]


def test_a_segment_whose_tag_is_gone_says_so(account, make, ask):
    tag = Tag.objects.create(account=account, wechat_id=101, name="VIP")
    segment = make(f"tags__id__exact={tag.pk}", "best", tag_names={str(tag.pk): "VIP"})
    assert not ask(segment).problems
    tag.delete()
    query = ask(segment)
    assert query.problems == ["The segment “best” shows nobody: the tag “VIP” has been deleted."]
    assert openids(query) == []


@pytest.mark.parametrize("query", ["scene=Shop", "channel_group=North"])
def test_a_segment_whose_channel_is_gone_says_so(account, make, ask, query):
    channel = Channel.objects.create(account=account, scene="1043", name="Shop", group="North")
    follow(account, "oScanned", qr_scene=1043)
    segment = make(query)
    assert openids(ask(segment)) == ["oScanned"]
    channel.delete()
    assert "shows nobody" in ask(segment).problems[0]
    assert openids(ask(segment)) == []


def test_a_scene_without_a_name_is_not_gone(account, make, ask):
    follow(account, "oScanned", qr_scene=7)
    assert openids(ask(make("scene=7"))) == ["oScanned"]


def keep(make, *texts, **values):
    segment = make("subscribed__exact=all", pasted=len(texts), **values)
    for position, text in enumerate(texts):
        SegmentId.objects.create(segment=segment, position=position, text=text)
    return segment


def test_a_kept_list_is_looked_up_each_time(account, make, ask):
    follow(account, "oUnion", unionid="u1")
    segment = keep(make, "oHere", "oGone", "u1", "oLater", "OHERE")
    assert openids(ask(segment)) == ["oGone", "oHere", "oUnion"]
    follow(account, "oLater")
    assert "oLater" in openids(ask(segment))
    assert openids(ask(segment, subscribed__exact=["0"])) == ["oGone"]


def test_a_kept_list_finds_nobody_of_another_account(account, make, ask):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009", app_secret="x")
    follow(other, "oFar", unionid="u1")
    segment = keep(make, "oFar", "u1")
    assert openids(ask(segment, accounts={account.pk: "A", other.pk: "B"})) == []


def test_the_log_keeps_what_a_segment_meant(account, make, ask):
    segment = make("q=Li", "friends")
    entry = ask(segment).as_log_entry()["segments"][str(segment.pk)]
    assert (entry["name"], entry["params"]["q"]) == ("friends", ["Li"])


def test_in_words(make, ask):
    query = ask(make("q=Li", "friends"))
    (condition,) = query.conditions()
    assert condition.text == "Segment: friends"
    assert query.without(condition) == {}
