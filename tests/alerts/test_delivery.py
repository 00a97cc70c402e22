"""Messages that are due are sent once, by whoever claims them, and nothing holds the others up."""

import threading
import time
from datetime import timedelta

import pytest
from django.core import management
from django.db import connection, connections
from django.utils import timezone

from followers.alerts import delivery, texts
from followers.alerts.answers import Answer
from followers.models import EPOCH, Alert, AlertDelivery, AlertTarget
from followers.rows.clock import db_now

from .servers import Webhook

pytestmark = pytest.mark.django_db(transaction=True)
PENDING, SENT, DROPPED, GIVEN_UP = "pending", "sent", "dropped", "given_up"


def settle():
    """Until no thread sends any more."""
    while threads := [it for it in threading.enumerate() if it.name.startswith("alert")]:
        for thread in threads:
            thread.join(30)


@pytest.fixture(autouse=True)
def _no_thread_stays():
    yield
    settle()


@pytest.fixture(autouse=True)
def _plain_texts(monkeypatch):
    """Whatever alerts say."""

    def message_of(row):
        return texts.Message(f"{row.alert.kind} {row.is_over}", row.alert.occurrence, "")

    monkeypatch.setattr(delivery, "message_of", message_of)


@pytest.fixture
def make(transactional_db):
    """A message that is due."""

    def make(target, kind="sync_failed", occurrence="1", **values):
        now = db_now()
        alert, _created = Alert.objects.get_or_create(
            kind=kind, occurrence=occurrence, defaults={"created_at": now}
        )
        values = {"created_at": now, "due_at": now, **values}
        return AlertDelivery.objects.create(alert=alert, target=target, **values)

    return make


def end(row):
    row.alert.ended_at = row.alert.created_at + timedelta(seconds=1)
    row.alert.save()


def status(row):
    row.refresh_from_db()
    return row.status


def test_a_message_is_sent(webhook, make_target, make):
    row = make(make_target(webhook.url))
    assert delivery.send_due() == 1
    settle()
    assert status(row) == SENT
    assert (row.answer, row.attempts, row.claimed_until) == ("sent", 1, EPOCH)
    assert row.finished_at is not None
    assert delivery.send_due() == 0
    assert len(webhook.got) == 1


def test_only_what_is_due(webhook, make_target, make):
    later = make(make_target(webhook.url), due_at=db_now() + timedelta(minutes=5))
    assert delivery.send_due() == 0
    # A clock that was ahead.
    AlertDelivery.objects.update(due_at=db_now() + timedelta(days=3))
    assert delivery.send_due() == 1
    settle()
    assert status(later) == SENT


def test_only_some_kinds(webhook, make_target, make):
    target = make_target(webhook.url)
    other, wanted = make(target), make(target, "no_worker")
    assert delivery.send_due({"no_worker"}) == 1
    settle()
    assert (status(other), status(wanted)) == (PENDING, SENT)


def test_one_target_gets_all_of_its_messages_in_their_order(webhook, make_target, make):
    target = make_target(webhook.url)
    for number in range(12):
        make(target, occurrence=str(number))
    assert delivery.send_due() == 1
    settle()
    assert [it["message"] for it in webhook.got] == [str(number) for number in range(12)]


def test_more_targets_than_threads(webhook, make_target, make):
    rows = [make(make_target(webhook.url)) for _ in range(20)]
    delivery.send_due()
    settle()
    assert {status(row) for row in rows} == {SENT}
    assert len(webhook.got) == 20


def test_at_most_so_many_at_once(serve, make_target, make):
    server = serve(Webhook("hang"))
    for _ in range(delivery.MAX_THREADS + 2):
        make(make_target(server.url))
    assert delivery.send_due() == delivery.MAX_THREADS
    assert delivery.send_due() == 0
    server.ended.set()


@pytest.mark.parametrize("behaviour", ["500", "hang", "drip_head", "close"])
def test_a_bad_target_holds_nothing_up(serve, webhook, make_target, make, behaviour):
    bad = serve(Webhook(behaviour))
    broken = make(make_target(bad.url))
    rows = [make(make_target(webhook.url)) for _ in range(3)]
    delivery.send_due()
    deadline = time.monotonic() + 6
    while {status(row) for row in rows} != {SENT} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert {status(row) for row in rows} == {SENT}
    bad.ended.set()
    settle()
    assert status(broken) == PENDING
    assert broken.attempts == 1
    assert len(webhook.got) == 3


def test_a_failure_is_tried_again_later(serve, make_target, make):
    server = serve(Webhook("500"))
    row = make(make_target(server.url))
    delivery.send_due()
    settle()
    assert status(row) == PENDING
    assert (row.answer, row.answer_code) == ("http", 500)
    assert 25 < (row.due_at - db_now()).total_seconds() <= 30
    assert delivery.send_due() == 0
    server.behaviour = "ok"
    AlertDelivery.objects.update(due_at=db_now())
    delivery.send_due()
    settle()
    assert (status(row), row.attempts) == (SENT, 2)


def test_what_else_waits_for_a_target_that_is_down_rests_too(serve, make_target, make):
    server = serve(Webhook("500"))
    target = make_target(server.url)
    first, second = make(target), make(target, occurrence="2")
    delivery.send_due()
    settle()
    assert len(server.got) == 1
    assert (status(first), status(second)) == (PENDING, PENDING)
    assert (first.attempts, second.attempts) == (1, 0)
    assert first.due_at == second.due_at


def test_a_day_later_it_is_given_up(serve, make_target, make):
    server = serve(Webhook("500"))
    row = make(make_target(server.url), created_at=db_now() - timedelta(days=1, seconds=1))
    delivery.send_due()
    settle()
    assert (status(row), row.attempts, row.answer) == (GIVEN_UP, 1, "http")


# --- Claims -------------------------------------------------------------------------------------


def test_two_senders_at_once_send_once(webhook, make_target, make):
    rows = [make(make_target(webhook.url)) for _ in range(6)]
    start = threading.Barrier(4)

    def sender():
        start.wait()
        delivery.send_due()
        connections.close_all()

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle()
    assert {status(row) for row in rows} == {SENT}
    assert len(webhook.got) == 6


def test_one_message_is_claimed_once(webhook, make_target, make):
    target = make_target(webhook.url)
    row, other = make(target), make(target, occurrence="2")
    copy = AlertDelivery.objects.get(pk=row.pk)
    assert delivery.claim(row)
    assert not delivery.claim(copy)
    # One at a time for each target.
    assert not delivery.claim(other)
    assert delivery.send_due() == 0


def test_a_claim_expires(webhook, make_target, make):
    """Killed between claim and answer."""
    row = make(make_target(webhook.url))
    assert delivery.claim(row)
    for claimed in (-1, delivery.CLAIM_SECONDS + 60):
        AlertDelivery.objects.update(
            claimed_until=db_now() + timedelta(seconds=claimed), status=PENDING
        )
        assert delivery.send_due() == 1
        settle()
        assert status(row) == SENT


def test_an_answer_that_comes_too_late_is_not_stored(webhook, make_target, make):
    row = make(make_target(webhook.url))
    delivery.claim(row)
    AlertDelivery.objects.update(attempts=2)
    delivery._store(row, Answer(ok=True, key="sent"))
    assert status(row) == PENDING


def test_the_database_is_away(webhook, make_target, make, monkeypatch, caplog):
    row = make(make_target(webhook.url))
    monkeypatch.setattr(delivery, "_store", lambda *given: connection.cursor().execute("nonsense"))
    delivery.send_due()
    settle()
    assert status(row) == PENDING
    assert "The database did not answer" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_a_text_that_cannot_be_made(webhook, make_target, make, monkeypatch):
    monkeypatch.setattr(delivery, "message_of", lambda row: 1 / 0)
    row = make(make_target(webhook.url))
    delivery.send_due()
    settle()
    assert (status(row), row.answer) == (PENDING, "unknown")


def test_starting_does_not_wait(webhook, make_target, make):
    row = make(make_target(webhook.url))
    delivery.start_sending()
    delivery.start_sending()
    settle()
    assert status(row) == SENT
    assert len(webhook.got) == 1


# --- What need not be sent ----------------------------------------------------------------------


def test_an_end_is_told_after_its_beginning(webhook, make_target, make):
    target = make_target(webhook.url)
    beginning = make(target)
    delivery.send_due()
    settle()
    end(beginning)
    over = make(target, is_over=True)
    delivery.send_due()
    settle()
    assert (status(beginning), status(over)) == (SENT, SENT)
    assert [it["title"] for it in webhook.got] == ["sync_failed False", "sync_failed True"]


def test_nobody_is_told_the_end_of_what_nobody_told(webhook, make_target, make):
    target = make_target(webhook.url)
    beginning, over = make(target), make(target, is_over=True)
    end(beginning)
    assert delivery.send_due() == 0
    assert (status(beginning), status(over)) == (DROPPED, DROPPED)
    assert beginning.finished_at is not None
    assert webhook.got == []


def test_a_beginning_that_was_given_up_has_no_end(webhook, make_target, make):
    target = make_target(webhook.url)
    make(target, status=GIVEN_UP)
    over = make(target, is_over=True)
    delivery.send_due()
    assert status(over) == DROPPED


def test_a_beginning_that_is_being_sent_is_not_dropped(webhook, make_target, make):
    target = make_target(webhook.url)
    beginning, over = make(target), make(target, is_over=True)
    end(beginning)
    beginning.claimed_until = db_now() + timedelta(seconds=30)
    beginning.save()
    assert delivery.send_due() == 0
    assert (status(beginning), status(over)) == (PENDING, PENDING)
    assert not delivery.claim(over)


def test_what_does_not_last_is_not_over(webhook, make_target, make):
    row = make(make_target(webhook.url), "followers_dropped")
    row.alert.ended_at = row.alert.created_at
    row.alert.save()
    delivery.send_due()
    settle()
    assert status(row) == SENT


def test_an_inactive_target_gets_nothing(webhook, make_target, make):
    row = make(make_target(webhook.url, is_active=False))
    assert delivery.send_due() == 0
    assert status(row) == DROPPED


def test_quiet_hours(webhook, make_target, make):
    now = timezone.localtime(db_now()).replace(microsecond=0)
    hours = {"quiet_from": (now - timedelta(hours=1)).time()}
    hours["quiet_until"] = (now + timedelta(hours=1)).time()
    target = make_target(webhook.url, **hours)
    alert, summary = make(target), make(target, "daily_summary")
    assert delivery.send_due() == 1
    settle()
    assert (status(alert), status(summary)) == (PENDING, SENT)
    assert alert.due_at == now + timedelta(hours=1)
    assert alert.attempts == 0
    # Somebody changes the hours.
    target.quiet_from = None
    target.save()
    delivery.retry_now(target)
    delivery.send_due()
    settle()
    assert status(alert) == SENT


# --- Tests ----------------------------------------------------------------------------------------


@pytest.fixture
def _real_texts(monkeypatch):
    monkeypatch.setattr(delivery, "message_of", texts.message_of)


@pytest.mark.usefixtures("_real_texts")
def test_a_test_message(webhook, make_target):
    row = delivery.send_test(make_target(webhook.url, name="值班群", language="zh-hans"), 10)
    settle()
    assert row.status == SENT
    assert webhook.got[0]["title"] == "测试：提醒可以送达"
    assert "值班群" in webhook.got[0]["message"]


@pytest.mark.usefixtures("_real_texts")
def test_a_test_that_fails_is_not_tried_again(serve, make_target):
    server = serve(Webhook("500"))
    row = delivery.send_test(make_target(server.url), 10)
    assert (row.status, row.answer, row.answer_code) == (GIVEN_UP, "http", 500)


@pytest.mark.usefixtures("_real_texts")
def test_a_test_does_not_wait_for_ever(serve, make_target):
    server = serve(Webhook("hang"))
    row = delivery.send_test(make_target(server.url), 0.1)
    assert row.status == PENDING
    server.ended.set()
    settle()
    assert status(row) == GIVEN_UP


def test_no_dump_holds_an_address(webhook, make_target, capsys, tmp_path):
    target = make_target(webhook.url)
    management.call_command("dumpdata", "followers")
    dumped = capsys.readouterr().out
    assert '"followers.alerttarget"' in dumped
    assert "s3cr3t" not in dumped
    assert "json://" not in dumped
    file = tmp_path / "dump.json"
    file.write_text(dumped)
    target.delete()
    management.call_command("loaddata", file)
    assert AlertTarget.objects.get().url == target.url
