"""Two accounts, an administrator of each and of both, and a log of what was done there."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from followers.accounts.roles import give_role
from followers.models import AuditEntry, OfficialAccount


class Log:
    """east, west: the accounts; `write` adds a line of some of them."""

    def __init__(self):
        accounts = OfficialAccount.objects
        self.east = accounts.create(name="东店", app_id="wxeast")
        self.west = accounts.create(name="西店", app_id="wxwest")

    def member(self, name, role, *accounts):
        user = User.objects.create_user(name, is_staff=True)
        give_role(user, role)
        user.official_accounts.set(accounts)
        return user

    def reader(self, user, language="zh-hans"):
        client = Client(headers={"Accept-Language": language})
        client.force_login(user)
        AuditEntry.objects.filter(action="signed_in").delete()
        return client

    def write(self, action, *accounts, at=None, by="page", **values):
        entry = AuditEntry.objects.create(
            action=action,
            happened_at=at or timezone.now(),
            by=by,
            account_names={str(it.pk): it.name for it in accounts},
            **values,
        )
        entry.accounts.set(accounts)
        return entry


@pytest.fixture
def log(db):
    return Log()
