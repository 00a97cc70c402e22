"""What is refused and foretold, in words and figures."""

import pytest
from django.utils.translation import override

from followers.accounts.usage import beijing_today, record_calls
from followers.changes.change import Change, ChangeRefused
from followers.changes.plan import check_change, forecast, make_plan
from followers.models import ApiUsage, Follower, OfficialAccount, Tag
from followers.wechat import paths
from tests.factories import follow, make_unsubscribed

pytestmark = pytest.mark.django_db
TEN = "老" * 10


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def tags(account):
    """WeChat's own three, and VIP."""
    names = {0: "Nobody", 1: "Black", 2: "Star", 100: "VIP"}
    return {n: Tag.objects.create(account=account, wechat_id=n, name=it) for n, it in names.items()}


def refusal(account, *change, **what):
    with pytest.raises(ChangeRefused) as refused:
        check_change(account, Change(*change, **what))
    return str(refused.value)


@pytest.mark.parametrize("action", ["create_tag", "rename_tag"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Enter a name"),
        ("  ", "Enter a name"),
        (f"{TEN}x", "31 bytes; WeChat allows 30"),
        ("x" * 31, "31 bytes"),
        ("a\tb", "control characters"),
        ("VIP2", "a tag of this name already"),
    ],
)
def test_names_that_no_tag_can_have(account, tags, action, name, words):
    Tag.objects.create(account=account, wechat_id=101, name="VIP2")
    assert words in refusal(account, action, tag=tags[100], name=name)


def test_names_that_a_tag_can_have(account, tags):
    for name in (TEN, "x" * 30):
        check_change(account, Change("create_tag", name=name))
    check_change(account, Change("rename_tag", tag=tags[100], name="VIP"))


def test_the_account_has_room_for_a_hundred_own_tags(account, tags):
    own = [Tag(account=account, wechat_id=200 + n, name=f"t{n}") for n in range(99)]
    Tag.objects.bulk_create(own[:98])
    check_change(account, Change("create_tag", name="new"))
    own[98].save()
    assert "100 tags" in refusal(account, "create_tag", name="new")


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("action", ["rename_tag", "delete_tag"])
def test_tags_of_wechat_itself_stay(account, tags, action, number):
    assert "belongs to WeChat" in refusal(account, action, tag=tags[number], name="x")


@pytest.mark.parametrize("action", ["tag", "untag"])
def test_the_star_alone_of_wechats_own_can_be_given(account, tags, action):
    for number in (0, 1):
        assert "belongs to WeChat" in refusal(account, action, tag=tags[number])
    check_change(account, Change(action, tag=tags[2]))


def test_a_tag_of_more_than_100_000_is_emptied_first(account, tags):
    tags[100].follower_count = 100_000
    check_change(account, Change("delete_tag", tag=tags[100]))
    tags[100].follower_count += 1
    assert "more than 100,000" in refusal(account, "delete_tag", tag=tags[100])


@pytest.mark.parametrize(
    ("action", "text", "words"),
    [
        ("remark", f"{TEN}x", "31 bytes; WeChat allows 30"),
        ("remark", "a\nb", "line breaks"),
        ("note", "x" * 2_001, "2,000 characters"),
    ],
)
def test_texts_that_are_too_long(account, action, text, words):
    assert words in refusal(account, action, text=text)
    for good in ("", TEN if action == "remark" else "老" * 2_000):
        check_change(account, Change(action, text=good))


def test_a_tag_of_another_account(account):
    other = OfficialAccount.objects.create(name="Book Shop", app_id="wx0000000000000002")
    alien = Tag.objects.create(account=other, wechat_id=100, name="x")
    assert "another account" in refusal(account, "tag", tag=alien)


@pytest.mark.parametrize(
    ("remarks", "used", "days"),
    [(10_000, 0, 1), (10_001, 0, 2), (20_001, 0, 3), (1, 10_000, 2), (10_001, 9_999, 2), (0, 0, 1)],
)
def test_remarks_beyond_the_days_10_000_take_more_days(account, remarks, used, days):
    record_calls(account.pk, {paths.UPDATE_REMARK: used})
    found = forecast(account, "remark", remarks, {})
    assert (found.calls, found.days, found.quota.limit) == (remarks, days, 10_000)


def test_wechats_own_limit_counts_where_it_is_known(account):
    ApiUsage.objects.create(
        account=account, day=beijing_today(), path=paths.UPDATE_REMARK, daily_limit=100
    )
    assert forecast(account, "remark", 250, {}).days == 3


@pytest.mark.parametrize(
    ("action", "people", "calls"),
    [("tag", 50, 1), ("untag", 51, 2), ("block", 20, 1), ("unblock", 21, 2), ("note", 9_000, 0)],
)
def test_calls_by_the_size_of_a_call(account, action, people, calls):
    found = forecast(account, action, people + 7, {"left": 7})
    assert (found.will_change, found.calls, found.quota, found.days) == (people, calls, None, 1)


def test_a_plan_counts_those_of_the_account_and_why_they_are_left_out(account, tags):
    other = OfficialAccount.objects.create(name="Book Shop", app_id="wx0000000000000002")
    follow(other, "oB1")
    follow(account, "oA1").tags.add(tags[100])
    follow(account, "oA2", blacklisted=True)
    follow(account, "oA3")
    make_unsubscribed(account, "oA4")
    found = make_plan(account, Follower.objects.all(), Change("tag", tag=tags[100]))
    assert found.skipped == {"left": 1, "has_tag": 1, "blacklisted": 1}
    assert (found.selected, found.will_change) == (4, 1)
