"""API usage of an account, and its quotas."""

from datetime import UTC, date, datetime, timedelta

import pytest

from followers.accounts import usage
from followers.accounts.usage import (
    LISTING_PATH,
    calls_needed,
    calls_today,
    fetch_quota,
    quota_for,
    record_calls,
)
from followers.models import ApiUsage, OfficialAccount
from followers.wechat.limits import PUBLISHED_DAILY_LIMITS
from tests.sync.driver import SECRET, FakeWeChat
from tests.sync.test_lease import in_threads

BATCHGET = "/cgi-bin/user/info/batchget"


@pytest.fixture
def clock(monkeypatch):
    """Sets the database's clock."""

    def clock(*when):
        monkeypatch.setattr(usage, "db_now", lambda: datetime(*when, tzinfo=UTC))

    clock(2026, 5, 4, 3, 0)
    return clock


@pytest.fixture
def wechat(account, connect, monkeypatch):
    wechat = connect(FakeWeChat(30))
    monkeypatch.setattr(usage, "client_for", wechat.client_for)
    return wechat


def quota(account, path):
    return calls_today(account).quotas[path]


def usage_rows(account):
    rows = ApiUsage.objects.filter(account=account).order_by("day", "path")
    return list(rows.values_list("day", "path", "calls"))


def test_calls_are_summed_by_path(account, clock):
    record_calls(account.pk, {"/a": 2, "/b": 1})
    record_calls(account.pk, {"/a": 3})
    record_calls(account.pk, {})
    assert usage_rows(account) == [(date(2026, 5, 4), "/a", 5), (date(2026, 5, 4), "/b", 1)]


@pytest.mark.parametrize(
    ("hour", "minute", "day"), [(15, 59, 4), (16, 0, 5), (23, 59, 5), (0, 0, 4)]
)
def test_days_begin_at_midnight_in_beijing(account, clock, hour, minute, day):
    clock(2026, 5, 4, hour, minute)
    record_calls(account.pk, {"/a": 1})
    assert usage_rows(account) == [(date(2026, 5, day), "/a", 1)]


def test_yesterday_is_not_counted(account, clock):
    record_calls(account.pk, {BATCHGET: 700})
    assert quota(account, BATCHGET).used == 700
    clock(2026, 5, 4, 16, 0)
    assert quota(account, BATCHGET).used == 0


def test_usage_is_recorded_for_each_account(account, clock):
    other_account = OfficialAccount.objects.create(
        name="Other", app_id="wx00000001", app_secret=SECRET
    )
    record_calls(account.pk, {BATCHGET: 7})
    assert (quota(account, BATCHGET).used, quota(other_account, BATCHGET).used) == (7, 0)


def test_concurrent_calls_are_all_recorded(transactional_db, account):
    for path in ("/a", "/b"):
        in_threads(4, lambda path=path: [record_calls(account.pk, {path: 1}) for _ in range(5)])
    assert [calls for _day, _path, calls in usage_rows(account)] == [20, 20]


def test_the_published_limit_is_the_default(account, clock):
    found = quota(account, LISTING_PATH)
    assert (found.limit, found.left, found.is_reported) == (500, 500, False)


def test_a_reported_limit_outlasts_its_day(account, clock):
    yesterday = date(2026, 5, 4) - timedelta(days=1)
    row = {"account": account, "path": LISTING_PATH}
    ApiUsage.objects.create(**row, day=yesterday, calls=9, daily_limit=1000, used_elsewhere=80)
    found = quota(account, LISTING_PATH)
    assert (found.used, found.limit, found.is_reported) == (0, 1000, True)


def test_calls_today_makes_one_query(account, clock, django_assert_num_queries):
    record_calls(account.pk, {LISTING_PATH: 2, "/a": 3})
    ApiUsage.objects.create(account=account, path="/b", day=date(2026, 5, 3), daily_limit=9)
    with django_assert_num_queries(1):
        calls = calls_today(account)
    assert calls.used == {LISTING_PATH: 2, "/a": 3}
    known = {path: (one.used, one.limit) for path, one in calls.quotas.items() if one.is_reported}
    assert known == {"/b": (0, 9)}
    assert calls.quotas.keys() == {*PUBLISHED_DAILY_LIMITS, "/b"}


def test_quota_for_makes_one_query(account, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert quota_for(account, BATCHGET).left == PUBLISHED_DAILY_LIMITS[BATCHGET]


def test_the_latest_reported_limit_applies(account, clock):
    for day, limit in ((4, None), (2, 300), (3, 200)):
        ApiUsage.objects.create(
            account=account, path="/a", day=date(2026, 5, day), calls=day, daily_limit=limit
        )
    assert quota_for(account, "/a") == usage.Quota("/a", used=4, limit=200, is_reported=True)


def test_a_reported_limit_of_zero_is_ignored(account, clock):
    for path in (LISTING_PATH, "/a"):
        ApiUsage.objects.create(
            account=account, path=path, day=date(2026, 5, 4), calls=1, daily_limit=0
        )
    assert (quota(account, LISTING_PATH).limit, quota_for(account, "/a")) == (500, None)


def test_left_is_not_negative(account, clock):
    record_calls(account.pk, {LISTING_PATH: 501})
    assert quota(account, LISTING_PATH).left == 0


def test_fetch_quota_stores_the_reported_numbers(account, wechat):
    client = wechat.client_for(account)
    for _ in range(3):
        client.user_get()
    record_calls(account.pk, {LISTING_PATH: 1})
    assert fetch_quota(account) is None
    found = quota(account, LISTING_PATH)
    assert (found.used, found.limit, found.is_reported) == (3, 500, True)
    assert ApiUsage.objects.get(path=LISTING_PATH).used_elsewhere == 2
    assert ApiUsage.objects.get(path="/cgi-bin/openapi/quota/get").calls == 1


def test_used_elsewhere_is_not_negative(account, wechat):
    record_calls(account.pk, {LISTING_PATH: 9})
    fetch_quota(account)
    assert quota(account, LISTING_PATH).used == 9


def test_a_refusal_is_explained_and_counted(account, wechat):
    path = "/cgi-bin/openapi/quota/get"
    wechat.fault("48001", path=path)
    assert fetch_quota(account).meaning
    assert not quota(account, LISTING_PATH).is_reported
    assert ApiUsage.objects.get(path=path).calls == 1


@pytest.mark.parametrize(
    ("followers", "calls"), [(0, 1), (1, 2), (10_000, 2), (10_001, 3), (23_000, 4)]
)
def test_calls_needed(followers, calls):
    assert calls_needed(followers) == calls
