"""Tags: any, all, none, and no tag at all."""

import re

import pytest
from django.utils.translation import override

from followers.models import FollowerTag, OfficialAccount, Tag
from followers.segments.query import FollowerQuery
from tests.factories import follow, make_unsubscribed


@pytest.fixture
def tags(account):
    """Tags a, b, c by name."""
    made = (Tag(account=account, wechat_id=100 + n, name=name) for n, name in enumerate("abc"))
    return {it.name: it for it in Tag.objects.bulk_create(made)}


@pytest.fixture
def people(account, tags):
    """Each is named after their tags; "0" has none, and "gone" left with tag a."""
    for names in ("a", "b", "ab", "abc", "0"):
        person = follow(account, names, has_tags=names != "0")
        for name in names.strip("0"):
            FollowerTag.objects.create(follower=person, tag=tags[name])
    left = make_unsubscribed(account, "gone", has_tags=True)
    FollowerTag.objects.create(follower=left, tag=tags["a"])


@pytest.fixture
def query(account, tags):
    """query(tags_any="a,b"): names stand for the tags' keys."""

    def query(**params: str | list[str]) -> FollowerQuery:
        given = {
            name: [_keys(it, tags) for it in ([value] if isinstance(value, str) else value)]
            for name, value in params.items()
        }
        return FollowerQuery(given, {account.pk: account.name})

    return query


def _keys(value: str, tags: dict[str, Tag]) -> str:
    return "".join(str(tags[it].pk) if it in tags else it for it in re.split(r"(\W)", value))


def openids(asked: FollowerQuery) -> list[str]:
    return sorted(asked.followers().values_list("openid", flat=True))


ASKED = [
    ({"tags__id__exact": "a"}, ["a", "ab", "abc"]),
    ({"tags__id__exact": ["a", "b"]}, ["ab", "abc"]),
    ({"tags_all": "a,b"}, ["ab", "abc"]),
    ({"tags_all": ["a", "b"], "tags__id__exact": "c"}, ["abc"]),
    ({"tags_any": "a,b"}, ["a", "ab", "abc", "b"]),
    ({"tags_any": ["b", "c"]}, ["ab", "abc", "b"]),
    ({"tags_none": "a"}, ["0", "b"]),
    ({"tags_none": "a,b"}, ["0"]),
    ({"tags_any": "a,b", "tags_none": "c", "tags_all": "b"}, ["ab", "b"]),
    ({"tags_all": "a", "tags_none": "a"}, []),
    ({"tags_any": " a ,, b "}, ["a", "ab", "abc", "b"]),
    ({"tags_any": ""}, ["0", "a", "ab", "abc", "b"]),
    ({"untagged": "1"}, ["0"]),
    ({"untagged": "1", "tags_any": "a"}, []),
    ({"tags_any": "a", "subscribed__exact": "0"}, ["gone"]),
    ({"tags_none": "b", "subscribed__exact": "0"}, ["gone"]),
]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("params", "expected"), ASKED)
def test_tags_choose(query, params, expected):
    assert (openids(query(**params)), query(**params).problems) == (expected, [])


@pytest.mark.usefixtures("people")
def test_a_tag_that_was_written_by_hand_counts(account, tags, query):
    FollowerTag.objects.create(follower=follow(account, "by hand"), tag=tags["a"])
    assert openids(query(untagged="1")) == ["0"]


WORDS = [
    ({"tags_all": "a,b"}, ["Tag: a", "Tag: b"], ["标签：a", "标签：b"]),
    ({"tags_any": "a"}, ["Tag: a"], ["标签：a"]),
    ({"tags_any": "a,b"}, ["Any of the tags: a", "or b"], ["任一标签：a", "或 b"]),
    ({"tags_none": "a"}, ["Without the tag: a"], ["不含标签：a"]),
    ({"untagged": "1"}, ["Without tags"], ["无标签"]),
]
WORDS_OF_LEFT = [
    ({"tags_all": "a"}, "Had the tag “a” when they left", "取消关注前有标签“a”"),
    ({"tags_any": "a"}, "Had the tag “a” when they left", "取消关注前有标签“a”"),
    (
        {"tags_any": "a,b"},
        "Had any of these tags when they left: a or b",
        "取消关注前有任一标签：a 或 b",
    ),
    ({"tags_none": "a"}, "Did not have the tag “a” when they left", "取消关注前没有标签“a”"),
    ({"untagged": "1"}, "Had no tags when they left", "取消关注前无标签"),
]


@pytest.mark.parametrize(("params", "english", "chinese"), WORDS)
def test_each_tag_is_said_in_words(query, params, english, chinese):
    for language, words in (("en", english), ("zh-hans", chinese)):
        with override(language):
            assert [it.text for it in query(**params).conditions()] == words


@pytest.mark.parametrize(("params", "english", "chinese"), WORDS_OF_LEFT)
def test_of_people_who_left_the_words_say_when(query, params, english, chinese):
    for language, words in (("en", english), ("zh-hans", chinese)):
        with override(language):
            assert query(**params, subscribed__exact="0").words()[1:] == [words]


@pytest.mark.parametrize("given", ["a,b,c", ["a", "b", "c"], ["a", "b,c"], "c , b,a, "])
def test_each_tag_can_be_lifted_alone(query, tags, given):
    asked = query(tags_any=given, tags_none="a")
    lifted = next(it for it in asked.conditions() if it.value == str(tags["b"].pk))
    left = asked.without(lifted)
    assert left["tags_none"] == [str(tags["a"].pk)]
    kept = FollowerQuery(left, asked.scope.accounts).conditions()
    assert {it.value for it in kept if it.parameters == ("tags_any",)} == {
        str(tags[name].pk) for name in "ac"
    }


def test_a_tag_that_two_parameters_name_is_lifted_from_both(query):
    asked = query(tags__id__exact="a", tags_all="a,b")
    first, second = asked.conditions()
    assert [first.text, asked.without(second)["tags__id__exact"]] == [
        "标签：a",
        asked.params["tags__id__exact"],
    ]
    assert asked.without(first) == {"tags_all": [second.value]}


@pytest.mark.parametrize("name", ["tags__id__exact", "tags_all", "tags_any", "tags_none"])
def test_a_tag_of_another_account_is_unknown_here(account, query, name):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    theirs = Tag.objects.create(account=other, wechat_id=100, name="their secret")
    FollowerTag.objects.create(follower=follow(account, "a"), tag=theirs)
    asked = query(**{name: f"a,{theirs.pk}"})
    assert (openids(asked), len(asked.problems)) == ([], 1)
    assert "secret" not in "".join([*asked.problems, *asked.words()])


def test_no_tags_at_all_can_be_asked_of_several_accounts(account):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    for it in (account, other):
        follow(it, f"o{it.pk}")
    asked = FollowerQuery({"untagged": ["1"]}, {account.pk: "A", other.pk: "B"})
    assert (len(openids(asked)), asked.problems) == (2, [])


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "asked",
    [
        {"tags_all": "a", "tags_none": "a"},
        {"tags_any": "a,b", "tags_none": "b,a"},
        {"tags_any": "a", "untagged": "1"},
        {"tags__id__exact": "a", "untagged": "1"},
    ],
)
def test_contradictions_are_answered_without_looking(query, asked, django_assert_num_queries):
    found = query(**asked)
    assert found.problems == []
    followers = found.followers()
    with django_assert_num_queries(0):
        assert list(followers) == []
    # Actions take that for a filter that cannot be read.
    assert not followers.query.is_empty()


@pytest.mark.usefixtures("people")
def test_any_tag_of_which_one_is_not_wanted(query):
    assert openids(query(tags_any="a,b", tags_none="a")) == ["b"]
