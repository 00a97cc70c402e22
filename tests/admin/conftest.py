"""Rows for the admin's tests: accounts, staff, runs in every state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from followers.models import Follower, OfficialAccount, SyncRun, SyncStage
from followers.runs import heartbeat
from followers.sync.state import ListingState

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def account(db) -> OfficialAccount:
    return OfficialAccount.objects.create(
        name="旗舰店", app_id="wx0000000000000001", app_secret=SECRET
    )


@pytest.fixture
def foreign(db) -> OfficialAccount:
    """An account that `staff` does not belong to."""
    return OfficialAccount.objects.create(
        name="Foreign", app_id="wx0000000000000002", app_secret=SECRET
    )


@pytest.fixture
def make_staff(db) -> Callable[..., Client]:
    """Log a member of staff in: make_staff(account, "sync_officialaccount", …)."""

    def make(account: OfficialAccount | None, *codenames: str) -> Client:
        user = User.objects.create_user(f"staff{User.objects.count()}", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="followers", codename__in=codenames)
        )
        if account is not None:
            account.members.add(user)
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def staff(make_staff, account) -> Client:
    """May see and sync `account`, nothing else."""
    return make_staff(
        account, "view_officialaccount", "view_follower", "view_syncrun", "sync_officialaccount"
    )


@pytest.fixture
def onlooker(make_staff, account) -> Client:
    """May see `account`, but not sync it."""
    return make_staff(account, "view_officialaccount", "view_syncrun")


@pytest.fixture
def make_run() -> Callable[..., SyncRun]:
    def make(
        account: OfficialAccount, status: str, *, state: ListingState | None = None, **values: Any
    ) -> SyncRun:
        now = timezone.now()
        run = SyncRun.objects.create(
            account=account, status=status, created_at=now, started_at=now, **values
        )
        (state or ListingState()).save(SyncStage(run=run, name="listing", position=0))
        return run

    return make


@pytest.fixture
def make_stage() -> Callable[..., SyncStage]:
    """A stage after those that the run has."""

    def make(run: SyncRun, name: str, status: str = "done", **values: Any) -> SyncStage:
        position = run.stages.count()
        return SyncStage.objects.create(
            run=run, name=name, position=position, status=status, **values
        )

    return make


@pytest.fixture
def make_followers() -> Callable[..., list[Follower]]:
    def make(account: OfficialAccount, number: int, **values: Any) -> list[Follower]:
        now = timezone.now()
        start = Follower.objects.count()
        return Follower.objects.bulk_create(
            Follower(
                account=account,
                openid=f"o{start + i:027d}",
                first_seen_at=now,
                status_as_of=now,
                **values,
            )
            for i in range(number)
        )

    return make


@pytest.fixture(autouse=True)
def worker_alive(request):
    """Without one, every page would say so."""
    if {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("db")
        heartbeat.beat("host/1", settings.VERSION, timedelta())
