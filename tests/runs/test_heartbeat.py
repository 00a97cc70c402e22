"""Which workers are alive, and what they do."""

from datetime import timedelta

import pytest

from followers.models import Run, SyncRun, Worker
from followers.rows.clock import db_now, from_now
from followers.runs import heartbeat

pytestmark = pytest.mark.django_db


def beat(name="a/1", **ago):
    heartbeat.beat(name, "0.1.0", timedelta(hours=1))
    Worker.objects.filter(name=name).update(seen_at=db_now() - timedelta(**ago))


def test_each_supervisor_has_one_row():
    for _ in range(2):
        beat("a/1")
        beat("b/1")
    assert [it.name for it in heartbeat.workers_alive()] == ["a/1", "b/1"]


def test_a_worker_does_what_its_processes_hold(account):
    beat("a/1")
    beat("a/12")
    values = {"status": Run.Status.RUNNING, "created_at": db_now(), "lease_owner": "a/12/3"}
    SyncRun.objects.create(account=account, **values)

    def does():
        found = heartbeat.live_workers(heartbeat.workers_alive(), SyncRun.objects.all(), db_now())
        return {it.worker.name: it.runs for it in found}

    assert does() == {"a/1": (), "a/12": ()}
    SyncRun.objects.update(lease_until=from_now(60))
    assert does() == {"a/1": (), "a/12": (SyncRun.objects.get(),)}
    SyncRun.objects.update(status=Run.Status.WAITING)
    assert does() == {"a/1": (), "a/12": ()}


def test_when_one_was_alive_for_the_last_time_stays_known():
    assert heartbeat.last_seen() is None
    beat("a/1", hours=2)
    beat("b/1", hours=3)
    beat("c/1", days=-1)
    last = Worker.objects.get(name="a/1").seen_at
    assert heartbeat.last_seen() == last
    assert not heartbeat.is_any_alive()


def test_what_has_not_been_seen_for_a_week_is_forgotten_but_the_last():
    for name, days in (("a/1", 8), ("b/1", 9), ("c/1", -1)):
        at = db_now() - timedelta(days=days)
        Worker.objects.create(name=name, version="1", started_at=at, seen_at=at)
    heartbeat._forget_others()
    assert [row.name for row in Worker.objects.all()] == ["a/1"]
    beat("d/1")
    heartbeat._forget_others()
    assert [row.name for row in Worker.objects.all()] == ["d/1"]
