"""Tags of followers, and the columns that follow from them."""

from datetime import timedelta

import pytest
from pyroaring import BitMap64

from followers.models import EditRun, Follower, FollowerTag, Tag
from followers.rows import memberships
from tests.factories import LONG_AGO, follow, make_unsubscribed


@pytest.fixture
def three(account):
    return [follow(account, name) for name in "abc"]


@pytest.fixture
def gone(account):
    return make_unsubscribed(account, "gone")


@pytest.fixture
def vip(account):
    return Tag.objects.create(account=account, wechat_id=100, name="VIP")


@pytest.fixture
def run(account):
    return EditRun.objects.create(account=account, created_at=LONG_AGO)


def keys(people):
    return BitMap64(person.pk for person in people)


def has_tags(person):
    return Follower.objects.get(pk=person.pk).has_tags


def test_a_membership_stays_whose_it_is(three, vip, run):
    FollowerTag.objects.create(tag=vip, follower=three[0])
    assert memberships.add_tag(vip.pk, keys(three), run.pk) == 2
    assert memberships.add_tag(vip.pk, [10**12], run.pk) == 0
    assert FollowerTag.objects.filter(edit=run).count() == 2


def test_removing_tells_how_many_had_it(three, vip):
    memberships.add_tag(vip.pk, keys(three))
    assert memberships.remove_tag(vip.pk, [three[0].pk, 10**12]) == 1
    assert memberships.tagged_ids(vip.pk) == keys(three[1:])


def test_who_left_is_not_among_the_tags_followers(three, gone, vip):
    memberships.add_tag(vip.pk, keys([*three, gone]))
    assert memberships.tagged_ids(vip.pk) == keys(three)
    assert memberships.tagged_checksum(vip.pk) == (3, sum(keys(three)))
    assert memberships.last_known_ids(vip.pk) == keys([gone])


def test_a_follower_has_tags_until_the_last_is_gone(account, three, vip):
    other = Tag.objects.create(account=account, wechat_id=101, name="Other")
    for tag in (vip, other):
        memberships.add_tag(tag.pk, keys(three[:1]))
    memberships.remove_tag(vip.pk, keys(three))
    assert (has_tags(three[0]), has_tags(three[1])) == (True, False)
    memberships.remove_tag(other.pk, keys(three))
    assert not has_tags(three[0])


def test_a_deleted_tag_is_nobodys(three, gone, vip):
    memberships.add_tag(vip.pk, keys([*three, gone]))
    memberships.delete_tag(vip)
    assert not Follower.objects.filter(has_tags=True).exists()


def test_a_tag_counts_those_who_follow(three, vip):
    memberships.add_tag(vip.pk, keys(three))
    memberships.change_follower_count(vip.pk, 3)
    memberships.count_status_change(left=keys(three[:2]))
    memberships.count_status_change(returned=keys(three[:1]))
    assert Tag.objects.get().follower_count == 2


def test_a_count_is_never_below_none(three, vip):
    memberships.change_follower_count(vip.pk, -1)
    assert Tag.objects.get().follower_count == 0


def test_a_membership_has_the_followers_time(three, vip):
    memberships.add_tag(vip.pk, keys(three))
    later = LONG_AGO + timedelta(days=1)
    Follower.objects.filter(pk=three[0].pk).update(subscribe_time=later)
    memberships.copy_followed_at(keys(three))
    assert FollowerTag.objects.get(follower=three[0]).followed_at == later
    assert FollowerTag.objects.get(follower=three[1]).followed_at == three[1].first_seen_at
