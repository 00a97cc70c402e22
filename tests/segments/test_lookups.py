"""What several queries look up together, also where a read fails or a question cannot be asked."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel, Segment, Tag
from followers.segments.query import FollowerQuery
from followers.segments.saved import Shelf
from tests.factories import follow


@pytest.fixture
def ask(account):
    """A query of the account; all of a test share a shelf."""
    shelf = Shelf(Segment.objects.all())
    return lambda **params: FollowerQuery(params, {account.pk: ""}, segments=shelf)


def refused(execute, sql, *more):
    raise OperationalError("locked")


def test_a_read_that_fails_is_done_again(account, ask):
    tag = Tag.objects.create(account=account, wechat_id=101, name="vip")
    Channel.objects.create(account=account, scene="s1", name="shop", group="g")
    before = ask(tags_any=[str(tag.pk)], channel_group=["g"])
    for _ in range(2):
        with pytest.raises(OperationalError), connection.execute_wrapper(refused):
            before.problems  # noqa: B018
    after = ask(tags_any=[str(tag.pk)], channel_group=["g", "h"])
    assert before.problems == []
    assert len(after.problems) == 1
    assert "“h”" in after.problems[0]


NAMES = ["scene", "channel_contains", "channel_group", "origin_scene", "q"]


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_read_spoils_nobody_elses_answer(account, ask, name):
    Channel.objects.create(account=account, scene="s1", name="shop", group="g")
    follow(account, "o1", qr_scene_str="s1")
    spoilt, good = ask(**{name: ["\udc80"]}), ask(scene=["shop"], q=["o1"], channel_group=["g"])
    assert [it.openid for it in good.followers()] == ["o1"]
    assert len(spoilt.problems) == 1


def test_the_same_channels_are_read_once(account, ask):
    Channel.objects.create(account=account, scene="s1", name="shop", group="g")
    several = [ask(channel_group=["g"]) for _ in range(9)]
    with CaptureQueriesContext(connection) as queries:
        assert [it.problems for it in several] == [[]] * 9
    assert sum(it["sql"].count("followers_channel") > 0 for it in queries) == 1
    assert "UNION" not in "".join(it["sql"] for it in queries)
