"""Follower counts while the cache is away."""

import logging
import socket

import pytest

from followers.admin.shared import account_stats, cache
from tests.admin.accounts.test_admin import address
from tests.factories import follow


@pytest.fixture
def closed_port():
    """A port that nobody listens on while the socket is bound."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@pytest.fixture
def _no_cache(settings, closed_port, monkeypatch):
    monkeypatch.setattr(cache._Outage, "known", False)
    redis = "django.core.cache.backends.redis.RedisCache"
    location = f"redis://127.0.0.1:{closed_port}/0"
    settings.CACHES = {"default": {"BACKEND": redis, "LOCATION": location}}


@pytest.mark.usefixtures("_no_cache")
def test_pages_count_without_the_cache(staff, account):
    follow(account, "a")
    for page in ("/admin/", address("change", account)):
        answer = staff.get(page)
        assert answer.status_code == 200
        assert "位粉丝" in answer.text


@pytest.mark.usefixtures("_no_cache")
def test_an_outage_of_the_cache_is_logged_once(account, caplog):
    follow(account, "a")
    with caplog.at_level(logging.WARNING, "followers"):
        assert [account_stats.follower_counts([account], {}) for _time in range(3)] == [
            {account.pk: 1}
        ] * 3
    assert caplog.text.count("the cache is away") == 1


@pytest.mark.usefixtures("_no_cache")
def test_a_number_that_is_kept_is_not_counted(account, caplog, django_assert_num_queries):
    account.following = 7
    with django_assert_num_queries(0):
        assert account_stats.follower_counts([account], {}) == {account.pk: 7}
    assert not caplog.text
