"""What a stored profile changes beside the profile."""

from datetime import timedelta

import pytest

from followers.models import Follower, FollowerTag, OfficialAccount, Tag
from followers.rows import memberships, profiles
from tests.factories import LONG_AGO, follow

LATER = LONG_AGO + timedelta(days=1)


@pytest.fixture
def other():
    return OfficialAccount.objects.create(
        name="B", app_id="wx000000000000000b", app_secret="b" * 32
    )


@pytest.fixture
def person(account):
    return follow(account, "a")


def write(*people, **values):
    blank = dict.fromkeys(profiles.RECORD_TYPES)
    profiles.write_details([{**blank, "id": it.pk, **values} for it in people], LATER)


def test_lists_are_ordered_by_the_time_that_wechat_says(account, person):
    tag = Tag.objects.create(account=account, wechat_id=100, name="VIP")
    memberships.add_tag(tag.pk, [person.pk])
    since = LONG_AGO - timedelta(days=30)
    write(person, subscribe_time=since)
    assert Follower.objects.get().followed_at == since
    assert FollowerTag.objects.get().followed_at == since


def test_until_then_by_when_they_were_first_seen(person):
    write(person, remark="A")
    assert Follower.objects.get().followed_at == person.first_seen_at


def test_whose_unionid_another_account_has_is_marked(account, other, person):
    there, alone = follow(other, "b", unionid="uA"), follow(account, "c")
    write(alone, unionid="uC")
    assert not Follower.objects.filter(unionid_is_shared=True).exists()
    write(person, unionid="uA")
    marked = Follower.objects.filter(unionid_is_shared=True)
    assert set(marked) == {person, there}
