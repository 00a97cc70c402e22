from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor

from followers.models import Worker
from followers.rows.clock import db_now
from followers.runs import heartbeat


def test_healthz_accesses_no_database(client):
    """No database fixture: a query would fail."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz(client, db):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_not_ready_without_the_migrations(client, db, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [("x", False)])
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"migrations missing")


def test_not_ready_without_the_database(client, db, monkeypatch):
    def fails(self, connection):
        raise OperationalError("connection refused by db.internal")

    monkeypatch.setattr(MigrationExecutor, "__init__", fails)
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"database unreachable")


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_monitoring_refuses_post(client, db, address):
    assert client.post(address).status_code == 405


def asked(client):
    response = client.get("/readyz?worker=1")
    return response.status_code, response.content


def seen(**ago):
    heartbeat.beat("host/1", "1", timedelta())
    Worker.objects.update(seen_at=db_now() - timedelta(**ago))


def test_an_alarm_asks_for_a_worker(client, db):
    assert asked(client) == (503, b"no worker")
    seen(seconds=0)
    assert asked(client) == (200, b"ok")
    seen(seconds=100)
    assert asked(client) == (200, b"ok")
    seen(seconds=121)
    assert asked(client) == (503, b"no worker")
    assert client.get("/readyz").status_code == 200, "a balancer does not care"
    seen(days=-1)
    assert asked(client) == (503, b"no worker"), "that was a wrong clock"
