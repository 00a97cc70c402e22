"""The differences between SQLite and PostgreSQL, and sets as one parameter of a statement."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.utils import timezone
from pyroaring import BitMap64

from followers.models import Tag
from followers.rows import locks
from followers.rows.dialect import (
    PostgreSQL,
    SQLite,
    dialect,
    execute,
    fetch,
    fetch_ids,
    set_param,
    time_param,
)

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOSTILE = ["", "a 'b' \"c\" \\ d\n\t", "老\U0001f600{}[1]%s"]


@pytest.mark.parametrize(("vendor", "kind"), [("sqlite", SQLite), ("postgresql", PostgreSQL)])
def test_dialect_of_the_connection(monkeypatch, vendor, kind):
    monkeypatch.setattr(connections["default"], "vendor", vendor)
    assert isinstance(dialect(), kind)


def test_another_database_is_refused_with_its_name(monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "oracle")
    monkeypatch.setattr(connections["default"], "display_name", "Oracle")
    with pytest.raises(ImproperlyConfigured, match="SQLite and PostgreSQL, not on Oracle"):
        dialect()


@pytest.mark.parametrize(
    ("values", "sqlite", "postgresql"),
    [
        ([3, 1, 2], "[1, 2, 3]", "1,2,3"),
        (BitMap64([2**40, 1]), f"[1, {2**40}]", f"1,{2**40}"),
        (["oB", "oA", "ob"], '["oA", "oB", "ob"]', "oA,oB,ob"),
        ([], "[]", ""),
    ],
)
def test_a_set_is_sorted(values, sqlite, postgresql):
    assert SQLite().set_param(values) == sqlite
    assert PostgreSQL().set_param(values) == postgresql


@pytest.mark.parametrize("ids", [[], [7], [3, 1, 2**40]])
def test_ids_come_back(db, ids):
    assert fetch_ids(dialect().ids_sql, [set_param(ids)]) == BitMap64(ids)


@pytest.mark.parametrize("texts", [[], ["oB", "oA", "o-_="]])
def test_texts_come_back(db, texts):
    assert [row[0] for row in fetch(dialect().texts_sql, [set_param(texts)])] == sorted(texts)


def test_json_items(db):
    pairs = list(enumerate(HOSTILE))
    sql = f"SELECT CAST(value ->> 0 AS bigint), value ->> 1 FROM {dialect().json_items_sql}"
    assert [tuple(row) for row in fetch(sql, [json.dumps(pairs)])] == pairs


def test_json_records_have_exactly_their_columns(db):
    sql = dialect().json_records_sql({"id": "bigint", "text": "text"})
    records = [{"id": 2**40, "text": HOSTILE[2], "more": 1}, {"text": None, "id": 2}, {"id": 3}]
    assert [tuple(row) for row in fetch(sql, [json.dumps(records)])] == [
        (2**40, HOSTILE[2]),
        (2, None),
        (3, None),
    ]


def test_a_time_in_a_json_record(db):
    record = dialect().json_records_sql({"at": "timestamptz"})
    sql = f"SELECT count(*) FROM ({record}) AS records WHERE records.at = %s"
    assert fetch(sql, [json.dumps([{"at": str(time_param(NOON))}]), time_param(NOON)]) == [(1,)]


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [({"a": 1}, {"b": 2}, {"a": 1, "b": 2}), ({"a": 1}, {"a": 2}, {"a": 2}), ({}, {}, {})],
)
def test_json_merge_prefers_the_new_value(db, old, new, both):
    record = dialect().json_records_sql({"old": "jsonb", "new": "jsonb"})
    sql = f"SELECT {dialect().json_merge_sql('old', 'new')} FROM ({record}) AS records"
    found = fetch(sql, [json.dumps([{"old": old, "new": new}])])[0][0]
    assert (json.loads(found) if isinstance(found, str) else found) == both


def test_now_is_aware(db):
    assert abs(dialect().now() - timezone.now()) < timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_now_advances_within_a_transaction():
    with transaction.atomic():
        assert dialect().now() < dialect().now()


def test_an_account_is_locked_until_the_transaction_ends(db):
    locks.advisory_lock(4_711)
    if connection.vendor == "postgresql":
        held = fetch("SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'", [])
        assert (locks.LOCK_SPACE, 4_711) in held


def test_sqlite_needs_no_lock(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        SQLite().advisory_lock(locks.LOCK_SPACE, 4_711)


def test_execute_returns_the_number_of_changed_rows(account):
    Tag.objects.bulk_create(Tag(account=account, wechat_id=n, name=f"t{n}") for n in range(3))
    rename = "UPDATE followers_tag SET name = %s WHERE wechat_id > %s"
    assert [execute(rename, ["x", above]) for above in (0, 5)] == [2, 0]
