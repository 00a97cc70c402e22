"""The web process tells that no worker is alive."""

import threading
from datetime import timedelta

import pytest

from followers.alerts import watch
from followers.models import AlertDelivery, Worker
from followers.rows.clock import db_now
from tests.stack import wait_for


@pytest.fixture
def own_watch(monkeypatch, settings):
    """A watch whose looks are counted and take no time."""
    settings.WATCH_WORKERS = True
    looks = []
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(watch, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(watch, "look", lambda: looks.append(True))
    monkeypatch.setattr(watch, "_watch", watch.Watch())
    yield looks
    for thread in threading.enumerate():
        if thread.name == "watch":
            thread.join(5)


def watching():
    return any(thread.name == "watch" for thread in threading.enumerate())


@pytest.mark.parametrize("address", ["/readyz", "/admin/", "/nowhere"])
def test_any_request_keeps_it_going_for_a_while(client, db, own_watch, address):
    client.get(address)
    wait_for(lambda: len(own_watch) > 2)
    wait_for(lambda: not watching())
    looks = len(own_watch)
    client.get(address)
    wait_for(lambda: len(own_watch) > looks)


def test_liveness_needs_no_database(client, own_watch):
    client.get("/healthz")
    assert not watching()


def test_a_look_tells_it(account, webhook, make_target, monkeypatch):
    make_target(webhook.url)
    at = db_now() - timedelta(minutes=3)
    Worker.objects.create(name="h/1", version="1", started_at=at, seen_at=at)
    sent = []
    monkeypatch.setattr(watch, "send_due", sent.append)
    monkeypatch.setattr(watch.connections, "close_all", lambda: None)
    watch.look()
    assert [row.alert.kind for row in AlertDelivery.objects.all()] == ["no_worker"]
    assert sent == [["no_worker"]]


def test_a_look_survives_everything(account, monkeypatch, caplog):
    def fails(kinds):
        raise RuntimeError("broken")

    monkeypatch.setattr(watch, "update_alerts", fails)
    monkeypatch.setattr(watch.connections, "close_all", lambda: None)
    watch.look()
    assert "could not be seen" in caplog.text
