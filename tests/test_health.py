import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor


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
