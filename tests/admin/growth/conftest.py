"""An account with figures of half a year, on a day in spring."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from followers.admin.shared import navigation
from followers.conditions import facts
from followers.history.recount import recount
from followers.models import Channel, OfficialAccount
from followers.statistics import days
from tests.history.random_rows import fill

NOW = datetime(2024, 5, 1, 4, tzinfo=UTC)
LISTED = datetime(2024, 4, 30, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def spring(monkeypatch):
    """Noon of 1 May in Shanghai."""
    for module in (days, facts):
        monkeypatch.setattr(module, "db_now", lambda: NOW)
    monkeypatch.setattr(navigation, "accounts_read_at", lambda user: NOW)


@pytest.fixture
def make_counted():
    """make_counted(account, people): with figures; synced in the night before."""

    def make(account, people=300, seed=14):
        fill(account, people, seed)
        OfficialAccount.objects.filter(pk=account.pk).update(listed_at=LISTED)
        recount(account.pk)
        Channel.objects.create(account=account, scene="7", name="南京西路店", group="门店")
        account.refresh_from_db()
        return account

    return make


@pytest.fixture
def counted(account, make_counted):
    return make_counted(account)


def local(year, month, day, hour=0):
    return timezone.make_aware(datetime(year, month, day, hour))
