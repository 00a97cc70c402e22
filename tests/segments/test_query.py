"""A list's parameters as one value: who matches, why nobody does, and what it says in words."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django.utils.translation import override

from followers.models import Channel, FollowerTag, OfficialAccount, Tag
from followers.segments import channels
from followers.segments.query import FILTERS, FollowerQuery
from tests.factories import LONG_AGO, begin, follow, make_unsubscribed

pytestmark = pytest.mark.django_db
# Those who follow and those who left.
ALL = {"subscribed__exact": ["all"]}


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def ask(account):
    def ask(**params: str | list[str]) -> FollowerQuery:
        given = {name: it if isinstance(it, list) else [it] for name, it in params.items()}
        return FollowerQuery(given, {account.pk: account.name})

    return ask


@pytest.fixture
def vip(account):
    return Tag.objects.create(account=account, wechat_id=100, name="VIP")


def openids(query):
    return sorted(query.followers().values_list("openid", flat=True))


def texts(query):
    return [condition.text for condition in query.conditions()]


def test_no_parameter_is_everybody_who_follows_of_the_accounts(account, ask):
    follow(account, "mine")
    make_unsubscribed(account, "gone")
    follow(OfficialAccount.objects.create(name="Other", app_id="wx2", app_secret="s"), "theirs")
    assert (openids(ask()), texts(ask()), ask().problems) == (["mine"], [], [])


def test_groups_of_too_many_channels_are_not_said_to_be_gone(account, ask, monkeypatch):
    monkeypatch.setattr(channels, "MAX_CHANNELS", 1)
    for scene in "1234":
        group = "A" if scene < "4" else "B"
        Channel.objects.create(account=account, scene=scene, name=scene, group=group)
    (problem,) = ask(channel_group=["A", "B"]).problems
    assert "more than 10,000 channels" in problem
    assert ask(channel_group="B").problems == []
    (problem,) = ask(channel_group="C").problems
    assert "no value" in problem


@pytest.fixture
def known(account, vip):
    """Somebody whom every condition of MATCHING is true of, and two of whom none is."""
    moment = datetime(2024, 10, 31, 4, tzinfo=UTC)
    Channel.objects.create(account=account, scene="7", name="Shop", group="Town")
    somebody = follow(
        account,
        "oSomebody",
        remark="Li",
        qr_scene=7,
        subscribe_scene="ADD_SCENE_QR_CODE",
        subscribe_time=moment,
        first_seen_at=moment,
        unsubscribed_at=moment,
        blacklisted=True,
        unionid="uSomebody",
        unionid_is_shared=True,
        note="likes tea",
    )
    FollowerTag.objects.create(tag=vip, follower=somebody, followed_at=moment)
    begin(somebody, moment, source="ADD_SCENE_QR_CODE", scene="7")
    OfficialAccount.objects.filter(pk=account.pk).update(baseline_at=LONG_AGO)
    for openid in ("other", "another"):
        fresh = {"details_synced_at": timezone.now(), "status_as_of": LONG_AGO}
        make_unsubscribed(account, openid, at=datetime(2020, 1, 1, tzinfo=UTC), **fresh)
    other = OfficialAccount.objects.create(name="Other", app_id="wx2", app_secret="s")
    follow(other, "oElsewhere", unionid="uSomebody")
    return dict.fromkeys(("tags__id__exact", "tags_all", "tags_any"), str(vip.pk))


MATCHING = {
    "q": ("oSome", "Search: oSome"),
    "tags__id__exact": ("", "Tag: VIP"),
    "tags_all": ("", "Tag: VIP"),
    "tags_any": ("", "Tag: VIP"),
    "subscribe_scene__exact": ("ADD_SCENE_QR_CODE", "Source: QR code"),
    "scene": ("7", "Channel: Shop (7)"),
    "channel_contains": ("ho", "Channel name contains “ho”"),
    "channel_group": ("Town", "Channel group: Town"),
    "channel_group_contains": ("OW", "Channel group contains “OW”"),
    "followed_from": ("2024-10-31", "Followed on: since 2024-10-31"),
    "first_seen_from": ("2024-10-31", "First seen: since 2024-10-31"),
    "began_from": ("2024-10-31", "Joined in the period: since 2024-10-31"),
    "origin_source": ("ADD_SCENE_QR_CODE", "Source when they joined: QR code"),
    "origin_scene": ("7", "Channel when they joined: Shop (7)"),
    "still": ("1", "Still following since then"),
    "blacklisted__exact": ("1", "Blacklisted"),
    "remark__isempty": ("0", "With remark"),
    "unionid__isempty": ("0", "With UnionID"),
    "note__isempty": ("0", "With internal note"),
    "details_stale": ("1", "Details missing or out of date"),
    "elsewhere": ("1", "Follows another of my accounts, too"),
}


@pytest.mark.parametrize("name", MATCHING)
def test_a_condition_narrows_and_says_so(ask, known, name):
    value, words = MATCHING[name]
    mine = list(OfficialAccount.objects.values_list("pk", flat=True))
    params = {name: [value or known[name]]}
    query = FollowerQuery(params, ask().scope.accounts, my_accounts=mine)
    everybody = FollowerQuery(params | ALL, ask().scope.accounts, my_accounts=mine)
    assert openids(query) == openids(everybody) == ["oSomebody"]
    assert texts(query) == [words]


def test_conditions_add_up(ask, known):
    asked = {name: [value or known[name]] for name, (value, _words) in MATCHING.items()}
    mine = list(OfficialAccount.objects.values_list("pk", flat=True))
    query = FollowerQuery(asked, ask().scope.accounts, my_accounts=mine)
    # The same tag is one condition, whichever of two parameters names it.
    assert (openids(query), len(texts(query))) == (["oSomebody"], len(MATCHING) - 1)


BROKEN = {
    "q": "a\0b",
    "account__id__exact": "999",
    "subscribed__exact": "maybe",
    "tags__id__exact": "999",
    "tags_all": "1,x",
    "tags_any": ",",
    "tags_none": "-1",
    "untagged": "0",
    "subscribe_scene__exact": "x" * 65,
    "scene": "x" * 101,
    "channel_contains": "x" * 101,
    "channel_group": "Moon",
    "channel_group_contains": "a\0b",
    "followed_from": "2024/10/31",
    "followed_to": "31.10.2024",
    "first_seen_from": "2024-13-01",
    "first_seen_to": "today",
    "followed_within": "7",
    "first_seen_within": "0d",
    "left_within": "3651d",
    "left_from": "x",
    "left_to": "0001-01-01",
    "began_from": "yesterday",
    "began_to": "2024-02-30",
    "ended_from": "1.3.2024",
    "ended_to": "x",
    "origin_source": "x" * 65,
    "origin_scene": "x" * 65,
    "still": "2",
    "segment": "999",
    "blacklisted__exact": "2",
    "remark__isempty": "x",
    "unionid__isempty": "2",
    "note__isempty": "all",
    "details_stale": "0",
    "elsewhere": "2",
    "openid__regex": "(a+)+$",
    "e": "1",
    "_changelist_filters": "x",
}


def test_every_parameter_can_be_broken():
    unknown = {"openid__regex", "e", "_changelist_filters"}
    assert set(BROKEN) == {name for kind in FILTERS for name in kind.parameters} | unknown


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_matches_nobody_and_says_why(account, ask, name):
    follow(account, "somebody")
    query = ask(**{name: BROKEN[name]})
    assert (openids(query), len(query.problems)) == ([], 1)
    assert texts(query)


@pytest.mark.parametrize("name", ["foo", "e", "openid__startswith"])
def test_an_unknown_parameter_is_one_whatever_it_says(account, ask, name):
    follow(account, "somebody")
    assert (openids(ask(**{name: ""})), len(ask(**{name: ""}).problems)) == ([], 1)


@pytest.mark.parametrize(
    "name", ["q", "scene", "subscribe_scene__exact", "left_from", "origin_scene"]
)
def test_bytes_that_are_no_text_match_nobody(account, ask, name):
    follow(account, "somebody")
    assert (openids(ask(**{name: "\udcff"})), len(ask(**{name: "\udcff"}).problems)) == ([], 1)


def test_a_blank_value_is_none(account, ask, known):
    query = ask(tags__id__exact=" ", q=" ", scene="")
    assert (openids(query), query.problems, query.scope.tagged) == (["oSomebody"], [], False)


@pytest.mark.parametrize("name", ["tags__id__exact", "scene"])
def test_tags_and_channels_want_one_account(account, ask, vip, name):
    accounts = {account.pk: "Tea House", account.pk + 1: "Other"}
    query = FollowerQuery({name: [str(vip.pk)]}, accounts)
    assert "choose one account" in query.problems[0]
    chosen = {name: [str(vip.pk)], "account__id__exact": [str(account.pk)]}
    assert FollowerQuery(chosen, accounts).problems == []


def test_a_condition_can_be_lifted(account, ask, vip):
    gold = Tag.objects.create(account=account, wechat_id=101, name="gold")
    query = ask(q="Li", tags__id__exact=[str(vip.pk), str(gold.pk)], left_from="2024-01-01")
    lifted = {condition.text: query.without(condition) for condition in query.conditions()}
    assert set(lifted["Search: Li"]) == {"tags__id__exact", "left_from"}
    assert lifted["Tag: gold"]["tags__id__exact"] == [str(vip.pk)]
    assert set(lifted["Unfollowed on: since 2024-01-01"]) == {"q", "tags__id__exact"}


def test_names_of_another_time_are_kept(account, vip):
    names = {"tags__id__exact": {"5": "gone since"}}
    query = FollowerQuery({"tags__id__exact": ["5"]}, {}, names)
    assert texts(query) == ["Tag: gone since"]


ASKED = {
    "q": ["oAB"],
    "account__id__exact": ["3"],
    "subscribed__exact": ["0"],
    "subscribe_scene__exact": ["ADD_SCENE_PAID"],
    "scene": ["1043"],
    "channel_group": ["华东"],
    "blacklisted__exact": ["1"],
    "remark__isempty": ["0"],
    "tags__id__exact": ["5", "6"],
    "followed_from": ["2024-10-01"],
    "first_seen_from": ["2024-10-01"],
    "first_seen_to": ["2024-10-31"],
    "left_to": ["2024-12-31"],
    "began_from": ["2024-10-01"],
    "ended_to": ["2024-10-31"],
    "origin_source": ["-"],
    "origin_scene": ["1043"],
    "still": ["1"],
    "remark__startswith": ["x"],
    "o": ["-4"],
    "p": ["2"],
}


def test_everything_in_words():
    query = FollowerQuery(ASKED, {3: "Tea House"}, {"tags__id__exact": {"5": "VIP"}})
    assert texts(query) == [
        "Search: oAB",
        "Account: Tea House",
        "Unfollowed",
        "Source: After a payment",
        "Channel: 1043",
        "Channel group: 华东",
        "Joined in the period: since 2024-10-01",
        "Left in the period: until 2024-10-31",
        "Source when they joined: unknown",
        "Channel when they joined: 1043",
        "Still following since then",
        "With remark",
        "Blacklisted",
        "Had the tag “VIP” when they left",
        "Had the tag “6” when they left",
        "Followed on: since 2024-10-01",
        "First seen: 2024-10-01 to 2024-10-31",
        "Unfollowed on: until 2024-12-31",
        "remark__startswith = x",
    ]


def test_a_long_search_is_counted_not_quoted(ask):
    assert texts(ask(q="a b c d")) == ["Search: 4 ids"]


def test_words_in_chinese(ask):
    with override("zh-hans"):
        assert texts(ask(remark__isempty="0", followed_to="2024-10-31")) == [
            "有备注名",
            "关注时间：截至 2024-10-31",
        ]
