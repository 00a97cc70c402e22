"""Each condition is told once when it begins, and once when it is over."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from followers.alerts.opening import update_alerts
from followers.alerts.texts import message_of
from followers.models import Alert, AlertDelivery, DailyFigures, OfficialAccount, SyncRun, Worker
from followers.rows.clock import db_now
from followers.runs import heartbeat

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def worker(db):
    heartbeat.beat("host/1", "1", timedelta())


@pytest.fixture
def target(make_target):
    return make_target("http://127.0.0.1/hook")


def told():
    """Kind, whether it is over, and to whom."""
    rows = AlertDelivery.objects.order_by("pk")
    return [(row.alert.kind, row.is_over, row.target.name) for row in rows]


def test_a_failure_of_a_week_is_told_once_and_its_end_once(account, make_run, target):
    for _ in range(7):
        make_run("failed")
        update_alerts()
        make_run("running").delete()
        update_alerts()
    assert told() == [("sync_failed", False, "Ops")]
    make_run("succeeded")
    for _ in range(2):
        update_alerts()
    assert told() == [("sync_failed", False, "Ops"), ("sync_failed", True, "Ops")]
    make_run("failed")
    update_alerts()
    assert len(told()) == 3, "the next failure is another one"


def test_an_attempt_that_runs_is_no_end(account, make_run, target):
    make_run("failed")
    update_alerts()
    again = make_run("running")
    update_alerts()
    SyncRun.objects.filter(pk=again.pk).update(status="failed")
    update_alerts()
    assert told() == [("sync_failed", False, "Ops")]


def test_whoever_asks_for_it_is_told(account, make_run, make_target):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000009")
    for name, values in {
        "all": {},
        "failures": {"kinds": ["sync_failed", "sync_review"]},
        "waits": {"kinds": ["sync_waiting"]},
        "mine": {"account": account},
        "other": {"account": other},
        "off": {"is_active": False},
    }.items():
        make_target("http://127.0.0.1/hook", name=name, **values)
    make_run("failed")
    update_alerts()
    assert {name for _, _, name in told()} == {"all", "failures", "mine"}


def test_that_no_worker_runs_concerns_everybody(account, make_target):
    make_target("http://127.0.0.1/hook", name="mine", account=account)
    at = db_now() - 3 * MINUTE
    Worker.objects.update(seen_at=at)
    update_alerts()
    update_alerts()
    assert told() == [("no_worker", False, "mine")]
    heartbeat.beat("host/2", "1", timedelta())
    update_alerts()
    assert told() == [("no_worker", False, "mine"), ("no_worker", True, "mine")]
    alert = Alert.objects.get()
    assert (alert.account, alert.created_at) == (None, at)


def test_a_short_wait_is_not_told(account, make_run, target):
    run = make_run("waiting", resume_at=db_now() + MINUTE)
    update_alerts()
    assert told() == []
    SyncRun.objects.update(progressed_at=db_now() - 16 * MINUTE)
    update_alerts()
    assert told() == [("sync_waiting", False, "Ops")]
    SyncRun.objects.filter(pk=run.pk).update(status="running")
    update_alerts()
    SyncRun.objects.filter(pk=run.pk).update(status="waiting")
    update_alerts()
    assert len(told()) == 1, "it goes on in between, and waits again"


@pytest.mark.parametrize(("status", "is_told"), [("succeeded", True), ("failed", False)])
def test_a_wait_until_midnight_and_its_end(account, make_run, target, status, is_told):
    run = make_run("waiting", resume_at=db_now() + 5 * 60 * MINUTE)
    update_alerts()
    SyncRun.objects.filter(pk=run.pk).update(status=status)
    update_alerts()
    assert (("sync_waiting", True, "Ops") in told()) == is_told


def test_what_is_of_one_day_is_never_over(account, make_run, target):
    OfficialAccount.objects.update(following=100)
    today = timezone.localdate(db_now())
    row = DailyFigures.objects.create(account=account, day=today, source="", scene="", left=50)
    update_alerts()
    DailyFigures.objects.filter(pk=row.pk).update(left=60)
    update_alerts()
    DailyFigures.objects.all().delete()
    update_alerts()
    assert told() == [("followers_dropped", False, "Ops")]
    assert Alert.objects.get().params["lost"] == 50


def test_who_was_not_told_of_the_beginning_is_not_told_of_the_end(account, make_run, make_target):
    make_run("failed")
    update_alerts()
    make_target("http://127.0.0.1/hook")
    make_run("succeeded")
    update_alerts()
    assert told() == []
    assert Alert.objects.get().ended_at


@pytest.mark.django_db(transaction=True)
def test_supervisors_that_look_at_once_tell_it_once(account, make_run, target):
    make_run("failed")

    def look():
        barrier.wait()
        try:
            update_alerts()
        finally:
            connections.close_all()

    for _ in range(3):
        barrier = threading.Barrier(4)
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        make_run("succeeded" if len(told()) % 2 else "failed")
    assert told() == [
        ("sync_failed", False, "Ops"),
        ("sync_failed", True, "Ops"),
        ("sync_failed", False, "Ops"),
    ]


# --- the texts --------------------------------------------------------------------------------


def messages():
    return [message_of(row) for row in AlertDelivery.objects.order_by("pk")]


def test_a_failure_in_chinese(account, make_run, make_target, settings):
    settings.SITE_URL = "https://crm.example.com"
    make_target("http://127.0.0.1/hook", language="zh-hans")
    run = make_run("failed", reason="api", error_code=40125)
    update_alerts()
    SyncRun.objects.create(account=account, status="succeeded", created_at=db_now())
    update_alerts()
    begun, over = messages()
    assert begun.title == "Tea House：同步失败"
    assert "AppSecret" in begun.body
    assert begun.url == f"https://crm.example.com/admin/followers/syncrun/{run.pk}/change/"
    assert over.title == "已恢复：Tea House：同步失败"
    assert over.body.startswith("同步已成功。")


def test_a_run_that_was_deleted_meanwhile_leaves_a_sentence(account, make_run, target):
    make_run("failed", reason="loop")
    update_alerts()
    SyncRun.objects.all().delete()
    [message] = messages()
    assert message.body == "The last sync failed."
    assert message.url == "", "there is no SITE_URL"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_kind_has_texts(account, make_run, make_target, language, settings):
    settings.SITE_URL = "https://crm.example.com"
    make_target("http://127.0.0.1/hook", language=language)
    OfficialAccount.objects.update(following=100)
    today = timezone.localdate(db_now())
    DailyFigures.objects.create(account=account, day=today, source="", scene="", left=50)
    Worker.objects.all().delete()
    make_run("failed", reason="loop")
    make_run("review", reason="shrunk", error_params={"gone": 5, "known": 9})
    make_run("waiting", resume_at=db_now() + DAY, reason="api", error_code=45009)
    update_alerts()
    Alert.objects.filter(ended_at=None).update(ended_at=db_now())
    for row in list(AlertDelivery.objects.exclude(alert__kind="followers_dropped")):
        row.pk, row.is_over = None, True
        row.save()
    found = messages()
    assert len(found) == 9
    for message in found:
        assert message.title
        assert message.body
        assert message.url.startswith("https://crm.example.com/admin/")
        assert "%(" not in message.title + message.body
    if language == "zh-hans":
        assert not [it.title for it in found if not any("一" <= c <= "鿿" for c in it.title)]
