"""Many profiles, several calls at a time."""

import pytest
from pyroaring import BitMap64

from followers.models import Follower
from followers.rows import followers
from followers.rows.clock import db_now
from followers.sync.profile_batches import ProfileBatches
from followers.wechat.errors import Retriable

from .driver import FakeWeChat
from .truth import BATCHGET


@pytest.fixture
def wechat(account, connect, settings):
    """95 followers who are known, in batches of 10."""
    settings.DETAILS_BATCH, settings.DETAILS_CALLS_AT_ONCE = 10, 3
    wechat = connect(FakeWeChat(95))
    followers.insert(account.pk, wechat.followers(), db_now())
    return wechat


@pytest.fixture
def batches(account, wechat):
    batches = ProfileBatches(wechat.client_for(account), BitMap64(ids()))
    yield batches
    batches.close()


def ids():
    return list(Follower.objects.order_by("pk").values_list("pk", flat=True))


def people(answers):
    return [person.id for batch in answers for person in batch.requested]


def everything(batches, calls=3):
    found = []
    while batches.remaining:
        found += people(batches.fetch(calls, is_last_step=False))
    return found


def test_everybody_once_newest_first(wechat, batches):
    assert everything(batches) == ids()[::-1]
    assert (batches.remaining, wechat.calls[BATCHGET]) == (0, 10)
    assert batches.fetch(3, is_last_step=False) == []


def test_nothing_is_begun_beyond_the_last_step(wechat, batches):
    assert len(batches.fetch(3, is_last_step=True)) == 3
    assert (batches.remaining, wechat.calls[BATCHGET]) == (65, 3)


def test_nothing_is_begun_beyond_what_may_be_asked(wechat, batches):
    for most in (5, 2):
        batches.fetch(min(3, most), is_last_step=False, max_calls=most)
    batches.close()
    assert (batches.remaining, wechat.calls[BATCHGET]) == (45, 5)


@pytest.mark.parametrize("is_last_step", [False, True])
def test_fewer_calls_than_are_under_way(wechat, batches, is_last_step):
    batches.fetch(3, is_last_step=False)
    assert len(batches.fetch(1, is_last_step=is_last_step)) == 1
    assert batches.remaining == 55


def test_trouble_comes_after_what_was_answered_before_it(wechat, batches):
    asked, odd = [], Follower.objects.order_by("-pk")[25].openid

    def distort(path, body, reply):
        if path == BATCHGET and odd.encode() in body:
            reply.payload = {"errcode": -1, "errmsg": "system error"}
        return reply

    wechat.distort = distort
    asked += batches.fetch(3, is_last_step=True)
    assert (len(asked), batches.remaining) == (2, 75)
    with pytest.raises(Retriable):
        batches.fetch(3, is_last_step=True)
    assert batches.remaining == 75


def test_who_was_deleted_meanwhile_needs_no_call(account, wechat, batches):
    Follower.objects.filter(pk__in=ids()[:50]).delete()
    kept = ids()[::-1]
    assert everything(batches) == kept
    assert batches.remaining == 0


def test_a_token_that_expires_while_calls_are_under_way(wechat, batches):
    batches.fetch(3, is_last_step=True)
    wechat.account.tokens.revoke_all()
    wechat.fault("40001", count=3, path=BATCHGET)
    assert len(everything(batches)) == 65
