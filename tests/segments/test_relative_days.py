from datetime import UTC, date, datetime

import pytest
from django.utils import timezone
from django.utils.translation import override

from followers.segments.query import FollowerQuery
from followers.segments.relative_days import days_within
from tests.factories import follow

DAYS = [
    ("today", (2024, 3, 1), "03-01 03-01"),
    ("1d", (2024, 3, 1), "03-01 03-01"),
    ("7d", (2024, 11, 27), "11-21 11-27"),
    ("30d", (2024, 3, 1), "02-01 03-01"),
    ("yesterday", (2024, 3, 1), "02-29 02-29"),
    ("yesterday", (2025, 1, 1), "12-31 12-31"),
    ("this_month", (2024, 2, 29), "02-01 02-29"),
    ("this_month", (2024, 2, 1), "02-01 02-01"),
    ("last_month", (2024, 3, 31), "02-01 02-29"),
    ("last_month", (2025, 1, 15), "12-01 12-31"),
    ("365d", (2024, 12, 31), "01-02 12-31"),
    ("3650d", (2024, 11, 27), "12-01 11-27"),
]


@pytest.mark.parametrize(("value", "today", "expected"), DAYS)
def test_days_count_back_from_today(value, today, expected):
    first, last = days_within(value, date(*today))
    assert f"{first:%m-%d} {last:%m-%d}" == expected


@pytest.mark.parametrize(
    "value", ["", "d", "0d", "07d", "-7d", "7 d", "7D", "3651d", "9999d", "７d", "tomorrow", "7d,"]
)
def test_what_is_no_such_period_is_refused(value):
    with pytest.raises(ValueError, match=r"^"):
        days_within(value, date(2024, 11, 27))


@pytest.fixture
def today(monkeypatch):
    """2024-11-27 in Shanghai; it is still the 26th in UTC."""
    now = datetime(2024, 11, 26, 17, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)


WORDS = [
    ({"followed_within": "7d"}, "近 7 天关注（11-21 至 11-27）"),
    ({"followed_within": "1d"}, "近 1 天关注（11-27）"),
    ({"followed_within": "365d"}, "近 365 天关注（2023-11-29 至 2024-11-27）"),
    ({"first_seen_within": "yesterday"}, "昨天首次同步到（11-26）"),
    ({"first_seen_within": "this_month"}, "本月首次同步到（11-01 至 11-27）"),
    ({"left_within": "last_month"}, "上月取消关注（10-01 至 10-31）"),
    ({"left_within": "today"}, "今天取消关注（11-27）"),
    ({"left_within": "some day"}, "取消关注时间：some day"),
]


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(("params", "words"), WORDS)
def test_the_words_name_the_days(params, words):
    asked = FollowerQuery({name: [it] for name, it in params.items()}, {})
    with override("zh-hans"):
        assert asked.words() == ["已关注", words]


@pytest.mark.usefixtures("today")
def test_the_words_in_english():
    with override("en"):
        assert FollowerQuery({"followed_within": ["7d"]}, {}).words() == [
            "Following",
            "Followed in the last 7 days (11-21 to 11-27)",
        ]


@pytest.mark.usefixtures("today")
def test_relative_and_absolute_days_both_apply_and_are_lifted_apart(account):
    for day in (20, 21, 24, 27):
        follow(account, f"o{day}", subscribe_time=datetime(2024, 11, day, 4, tzinfo=UTC))
    params = {"followed_within": ["7d"], "followed_to": ["2024-11-24"]}
    asked = FollowerQuery(params, {account.pk: account.name})
    assert sorted(asked.followers().values_list("openid", flat=True)) == ["o21", "o24"]
    absolute, relative = asked.conditions()
    assert asked.without(absolute) == {"followed_within": ["7d"]}
    assert asked.without(relative) == {"followed_to": ["2024-11-24"]}
