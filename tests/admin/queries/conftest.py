"""A superuser, who sees most, and what a visit of theirs costs."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followers.admin.shared import account_stats, navigation
from followers.runs import heartbeat

from .crowd import Crowd

# The line that a file leaves in the activity log, beside what is asked.
LOGGED = 'INSERT INTO "followers_auditentry'


@pytest.fixture(autouse=True)
def lasting_counts(monkeypatch):
    """However slow the machine is, what a first visit counted serves the second.

    A slow test outlives the worker, too, and pages would begin to say so.
    """
    monkeypatch.setattr(heartbeat, "ALIVE_SECONDS", 3600)
    monkeypatch.setattr(navigation, "ATTENTION_SECONDS", 3600)
    monkeypatch.setattr(account_stats, "COUNT_SECONDS", 3600)


@pytest.fixture
def client(db):
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.fixture
def crowd(client):
    crowd = Crowd(User.objects.get())
    crowd.grow_accounts(1)
    crowd.grow(5)
    crowd.grow_steps(2)
    return crowd


def cost(client, address, params=None):
    """The status of a second visit, and its number of queries: the first may fill a cache."""
    client.get(address, params)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, params)
        if answer.streaming:
            b"".join(answer.streaming_content)
    return answer.status_code, sum(LOGGED not in it["sql"] for it in queries)
