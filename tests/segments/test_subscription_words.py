"""What the filter by subscriptions says of itself, and what it refuses."""

from datetime import timedelta
from functools import reduce
from operator import or_

import pytest
from django.utils.translation import override

from followers.models import Channel, OfficialAccount
from followers.segments.query import FollowerQuery
from followers.segments.subscriptions import _origin, origin_param
from tests.factories import LONG_AGO, begin, follow


def texts(account: OfficialAccount, **params: str) -> list[str]:
    asked = FollowerQuery({name: [it] for name, it in params.items()}, {account.pk: account.name})
    return [condition.text for condition in asked.conditions()]


WORDS = [
    (
        {"began_from": "2024-03-01"},
        "Joined in the period: since 2024-03-01",
        "期间新增：2024-03-01 起",
    ),
    (
        {"ended_from": "2024-03-01", "ended_to": "2024-03-31"},
        "Left in the period: 2024-03-01 to 2024-03-31",
        "期间取消关注：2024-03-01 至 2024-03-31",
    ),
    (
        {"origin_source": "ADD_SCENE_QR_CODE"},
        "Source when they joined: QR code",
        "新增时的关注来源：扫描二维码",
    ),
    ({"origin_source": "-"}, "Source when they joined: unknown", "新增时的关注来源：未知"),
    ({"origin_scene": "7"}, "Channel when they joined: Shop (7)", "新增时的渠道：Shop (7)"),
    ({"origin_scene": "8"}, "Channel when they joined: 8", "新增时的渠道：8"),
    ({"origin_scene": "-"}, "Channel when they joined: none", "新增时的渠道：无"),
    ({"still": "1"}, "Still following since then", "此后一直关注"),
]


@pytest.mark.parametrize(("params", "english", "chinese"), WORDS)
def test_each_condition_is_said_in_words(account, params, english, chinese):
    Channel.objects.create(account=account, scene="7", name="Shop")
    with override("en"):
        assert texts(account, **params) == [english]
    with override("zh-hans"):
        assert texts(account, **params) == [chinese]


def test_each_condition_can_be_lifted(account):
    conditions = [
        {"began_from": ["2024-03-01"], "began_to": ["2024-03-31"]},
        {"ended_from": ["2024-03-01"], "ended_to": ["2024-04-30"]},
        {"origin_source": ["-"]},
        {"origin_scene": ["7"]},
        {"still": ["1"]},
    ]
    asked = FollowerQuery(reduce(or_, conditions), {account.pk: account.name})
    lifted = [set(asked.params) - set(asked.without(it)) for it in asked.conditions()]
    assert lifted == [set(it) for it in conditions]


@pytest.mark.parametrize(
    "params",
    [
        {"began_from": "2024-04-01", "began_to": "2024-03-01"},
        {"ended_from": "2024-04-01", "ended_to": "2024-03-01"},
        {"origin_scene": "a\0"},
        {"origin_source": "a\0"},
        {"origin_scene": "-" * 66},
        {"still": "0"},
        {"began_from": "2024-04-01", "still": "yes"},
    ],
)
def test_what_cannot_be_read_matches_nobody(account, params):
    OfficialAccount.objects.update(baseline_at=LONG_AGO)
    begin(follow(account, "o1"), LONG_AGO + timedelta(days=1))
    asked = FollowerQuery({name: [it] for name, it in params.items()}, {account.pk: "A"})
    assert (list(asked.followers()), len(asked.problems)) == ([], 1)
    assert list(asked.conditions())


@pytest.mark.parametrize("origin", ["", "-", "-----", "-" * 64, "a", "-a", "a-"])
def test_a_parameter_stands_for_one_origin(origin):
    assert origin_param(origin)
    assert _origin(origin_param(origin)) == origin
