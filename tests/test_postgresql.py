"""Timeouts and cursors of transactions."""

import threading

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from followers.accounts.usage import record_calls
from followers.models import OfficialAccount, SyncRun
from followers.rows.clock import db_now
from followers.rows.locks import RUNS_LOCK_SPACE
from followers.runs import lease, worker_groups
from wxadmin.postgresql import base

from .sync.driver import APP_ID

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="requires PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]

TIMEOUTS, NO_TIMEOUTS = ("5s", "30s"), ("0", "0")


def fetch_row(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def timeouts():
    names = (
        "current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
    )
    return fetch_row(f"SELECT {names}")


@pytest.fixture
def short_lock_timeout(monkeypatch):
    """A lock timeout of 50 ms."""
    monkeypatch.setattr(base, "SET_TIMEOUTS_SQL", base.SET_TIMEOUTS_SQL.replace("'5s'", "'50ms'"))


@pytest.fixture
def other_connection():
    """Another connection, in a transaction."""
    with psycopg.connect(
        **{**connection.get_connection_params(), "cursor_factory": None}
    ) as other_connection:
        yield other_connection
        other_connection.rollback()


def test_each_outermost_transaction_has_timeouts():
    assert timeouts() == NO_TIMEOUTS
    for _ in range(2):
        with transaction.atomic():
            assert timeouts() == TIMEOUTS
            with transaction.atomic():
                assert timeouts() == TIMEOUTS
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert timeouts() == TIMEOUTS
        assert timeouts() == NO_TIMEOUTS


def test_timeouts_end_with_a_rollback():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert timeouts() == NO_TIMEOUTS


def test_timeouts_are_not_counted_as_queries(django_assert_num_queries):
    with django_assert_num_queries(3) as queries, transaction.atomic():
        fetch_row("SELECT 1")
    assert [query["sql"] for query in queries] == ["BEGIN", "SELECT 1", "COMMIT"]


def test_the_session_has_no_timeouts():
    assert timeouts() == NO_TIMEOUTS
    assert "options" not in connection.connection.info.get_parameters()


def test_a_transaction_after_one_that_failed_to_begin():
    fetch_row("SELECT 1")
    connection.connection.close()
    with pytest.raises(OperationalError), transaction.atomic():
        raise AssertionError
    with transaction.atomic():
        assert timeouts() == TIMEOUTS
    assert connection.get_autocommit()


def test_no_transaction_stays_open_if_setting_timeouts_is_interrupted(monkeypatch):
    def interrupted(wrapper):
        wrapper.connection.execute("SELECT 1")
        raise KeyboardInterrupt

    monkeypatch.setattr(base.DatabaseWrapper, "_set_timeouts", interrupted)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        raise AssertionError
    assert connection.connection is None


# --- lock timeouts --------------------------------------------------------------------------------


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


@pytest.mark.parametrize("operation", WAITING)
def test_lock_timeout_for_a_locked_run(run, short_lock_timeout, other_connection, operation):
    SyncRun.objects.update(lease_owner="host/1", status="running")
    run.refresh_from_db()
    other_connection.execute("SELECT 1 FROM followers_syncrun FOR NO KEY UPDATE")
    with pytest.raises(OperationalError) as refused:
        WAITING[operation](run)
    assert isinstance(refused.value.__cause__, psycopg.errors.LockNotAvailable)
    assert timeouts() == NO_TIMEOUTS


def test_runs_are_not_serialized_by_the_row_in_which_followers_are_counted(
    run, short_lock_timeout, other_connection
):
    """A page's commit locks the run first and the account last; a claim would do the opposite."""
    other_connection.execute("SELECT 1 FROM followers_officialaccount FOR NO KEY UPDATE")
    with transaction.atomic():
        lease.lock_account(run.account_id)
        assert SyncRun.objects.filter(pk=run.pk).update(tries=1) == 1


def test_runs_of_one_account_are_serialized(run, short_lock_timeout, other_connection):
    lock = f"SELECT pg_advisory_xact_lock({RUNS_LOCK_SPACE}, {run.account_id})"
    other_connection.execute(lock)
    with pytest.raises(OperationalError), transaction.atomic():
        lease.lock_account(run.account_id)


def test_lock_timeout_for_the_usage(run, short_lock_timeout, other_connection):
    record_calls(run.account_id, {"/cgi-bin/user/get": 1})
    other_connection.execute("SELECT 1 FROM followers_apiusage FOR NO KEY UPDATE")
    with pytest.raises(OperationalError):
        record_calls(run.account_id, {"/cgi-bin/user/get": 1})


def stay_idle():
    # The client only notices with its next statement.
    threading.Event().wait(0.5)
    fetch_row("SELECT 1")


def test_idle_timeout(monkeypatch):
    monkeypatch.setattr(base, "SET_TIMEOUTS_SQL", base.SET_TIMEOUTS_SQL.replace("'30s'", "'50ms'"))
    with pytest.raises(DatabaseError), transaction.atomic():
        stay_idle()
    assert timeouts() == NO_TIMEOUTS


# --- cursors --------------------------------------------------------------------------------------


def begin_iteration():
    """An iterator over several rows, after the first one."""
    rows = OfficialAccount.objects.order_by("pk").iterator(chunk_size=1)
    next(rows)
    return rows


def open_cursors():
    """The number of Django's open cursors, and whether any of them is WITH HOLD."""
    return fetch_row(
        "SELECT count(*), coalesce(bool_or(is_holdable), false) FROM pg_cursors"
        " WHERE starts_with(name, '_django')"
    )


@pytest.fixture
def three_accounts():
    for name in "abc":
        OfficialAccount.objects.create(name=name, app_id=f"wx{name}")


def test_server_side_cursor_within_a_transaction(three_accounts):
    with transaction.atomic():
        rows = begin_iteration()
        assert open_cursors() == (1, False)
        assert len(list(rows)) == 2
        assert open_cursors() == (0, False)


def test_client_side_cursor_outside_of_a_transaction(three_accounts):
    rows = begin_iteration()
    assert open_cursors() == (0, False)
    assert len(list(rows)) == 2
