"""Accounts whose figures are counted, and one as the real client sees a simulated WeChat."""

import pytest
from django.utils import timezone

from followers.accounts.client import client_for
from followers.history.recount import recount
from followers.models import OfficialAccount
from followers.sandbox import Sandbox
from followers.statistics import wechat_figures
from tests.history.random_rows import fill

from .wechat import Clock, Morning

ZONES = ["Asia/Shanghai", "America/New_York"]


@pytest.fixture(params=ZONES)
def counted(request, account, settings):
    """On a first of November, long after the last subscription; in two time zones."""
    settings.TIME_ZONE = request.param
    with timezone.override(request.param):
        fill(account, 400)
        recount(account.pk)
        account.refresh_from_db()
        yield account


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def sandbox(clock):
    options = {"lives": True, "lives_until": clock.now.timestamp() - 60}
    with Sandbox(600, clock=lambda: clock.now.timestamp(), **options) as sandbox:
        yield sandbox


@pytest.fixture
def morning(db, clock, sandbox, settings, monkeypatch):
    """Ten days after the first complete list, as the real client sees WeChat; without pauses."""
    settings.WECHAT_API_BASE_URL = sandbox.url

    def impatient(account, deadline):
        client = client_for(account, deadline)
        client._pauses = ()
        return client

    monkeypatch.setattr(wechat_figures, "client_for", impatient)
    account = OfficialAccount.objects.create(
        name="Tea House", app_id=sandbox.app_id, app_secret=sandbox.app_secret
    )
    morning = Morning(sandbox, account, clock)
    morning.begin(10)
    return morning
