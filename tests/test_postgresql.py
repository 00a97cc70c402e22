"""Limits that a transaction brings with it, and cursors that end with it."""

import threading

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from followers.accounts.usage import record_calls
from followers.models import OfficialAccount, SyncRun
from followers.rows.clock import db_now
from followers.runs import lease, worker_groups
from wxadmin.postgresql import base

from .sync.driver import APP_ID

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL is told limits"),
    pytest.mark.django_db(transaction=True),
]

LIMITED, UNLIMITED = ("5s", "30s"), ("0", "0")


def ask(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def limits():
    names = (
        "current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
    )
    return ask(f"SELECT {names}")


@pytest.fixture
def short(monkeypatch):
    """Nobody waits for a lock longer than a twentieth of a second."""
    monkeypatch.setattr(base, "LIMITS", base.LIMITS.replace("'5s'", "'50ms'"))


@pytest.fixture
def other():
    """Somebody else's connection, in a transaction."""
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": None}) as other:
        yield other
        other.rollback()


def test_each_outermost_transaction_is_limited():
    assert limits() == UNLIMITED
    for _ in range(2):
        with transaction.atomic():
            assert limits() == LIMITED
            with transaction.atomic():
                assert limits() == LIMITED
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert limits() == LIMITED
        assert limits() == UNLIMITED


def test_a_transaction_that_is_rolled_back_takes_its_limits_with_it():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert limits() == UNLIMITED


def test_the_limits_are_no_query(django_assert_num_queries):
    with django_assert_num_queries(3) as queries, transaction.atomic():
        ask("SELECT 1")
    assert [query["sql"] for query in queries] == ["BEGIN", "SELECT 1", "COMMIT"]


def test_nothing_is_told_at_the_start():
    assert limits() == UNLIMITED
    assert "options" not in connection.connection.info.get_parameters()


def test_a_transaction_that_cannot_begin_leaves_nothing_behind():
    ask("SELECT 1")
    connection.connection.close()
    with pytest.raises(OperationalError), transaction.atomic():
        raise AssertionError
    with transaction.atomic():
        assert limits() == LIMITED
    assert connection.get_autocommit()


def test_interrupted_at_the_start_no_transaction_stays_open(monkeypatch):
    def interrupted(wrapper):
        wrapper.connection.execute("SELECT 1")
        raise KeyboardInterrupt

    monkeypatch.setattr(base.DatabaseWrapper, "_limit", interrupted)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        raise AssertionError
    assert connection.connection is None


# --- who waits for a lock -------------------------------------------------------------------------


@pytest.fixture
def run():
    account = OfficialAccount.objects.create(name="Tea House", app_id=APP_ID)
    return SyncRun.objects.create(account=account, created_at=db_now())


WAITING = {
    "claim": lambda run: lease.claim(SyncRun, run.pk, run.ticket),
    "cancel": lease.cancel,
    "take back": lambda run: worker_groups.revoke_leases(run.lease_owner),
    "wake": lambda run: lease.redeliver(SyncRun),
}


@pytest.mark.parametrize("what", WAITING)
def test_nobody_waits_long_for_a_run_that_somebody_holds(run, short, other, what):
    SyncRun.objects.update(lease_owner="host/1", status="running")
    run.refresh_from_db()
    other.execute("SELECT 1 FROM followers_syncrun FOR NO KEY UPDATE")
    with pytest.raises(OperationalError) as refused:
        WAITING[what](run)
    assert isinstance(refused.value.__cause__, psycopg.errors.LockNotAvailable)
    assert limits() == UNLIMITED


def test_nobody_waits_long_for_the_books(run, short, other):
    record_calls(run.account_id, {"/cgi-bin/user/get": 1})
    other.execute("SELECT 1 FROM followers_apiusage FOR NO KEY UPDATE")
    with pytest.raises(OperationalError):
        record_calls(run.account_id, {"/cgi-bin/user/get": 1})


def stand_still():
    # The server says nothing before it is asked again.
    threading.Event().wait(0.5)
    ask("SELECT 1")


def test_who_stands_still_in_a_transaction_is_ended(monkeypatch):
    monkeypatch.setattr(base, "LIMITS", base.LIMITS.replace("'30s'", "'50ms'"))
    with pytest.raises(DatabaseError), transaction.atomic():
        stand_still()
    assert limits() == UNLIMITED


# --- cursors --------------------------------------------------------------------------------------


def walk():
    """A large result, of which one row has been read."""
    rows = OfficialAccount.objects.order_by("pk").iterator(chunk_size=1)
    next(rows)
    return rows


def cursors():
    """How many of Django's are open, and whether any would outlive its transaction."""
    return ask(
        "SELECT count(*), coalesce(bool_or(is_holdable), false) FROM pg_cursors"
        " WHERE starts_with(name, '_django')"
    )


@pytest.fixture
def three():
    for name in "abc":
        OfficialAccount.objects.create(name=name, app_id=f"wx{name}")


def test_within_a_transaction_the_server_keeps_the_rest(three):
    with transaction.atomic():
        rows = walk()
        assert cursors() == (1, False)
        assert len(list(rows)) == 2
        assert cursors() == (0, False)


def test_outside_of_one_everything_comes_at_once(three):
    rows = walk()
    assert cursors() == (0, False)
    assert len(list(rows)) == 2
