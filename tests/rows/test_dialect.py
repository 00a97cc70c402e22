"""What each database does in a way of its own, and sets as one parameter of a statement."""

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
    as_set,
    as_time,
    dialect,
    execute,
    fetch,
    fetch_ids,
)

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOSTILE = ["", "a 'b' \"c\" \\ d\n\t", "老\U0001f600{}[1]%s"]


@pytest.mark.parametrize(("vendor", "kind"), [("sqlite", SQLite), ("postgresql", PostgreSQL)])
def test_it_is_that_of_the_connection(monkeypatch, vendor, kind):
    monkeypatch.setattr(connections["default"], "vendor", vendor)
    assert isinstance(dialect(), kind)


def test_another_database_is_refused_by_name(monkeypatch):
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
    assert SQLite().as_set(values) == sqlite
    assert PostgreSQL().as_set(values) == postgresql


@pytest.mark.parametrize("ids", [[], [7], [3, 1, 2**40]])
def test_ids_come_back(db, ids):
    assert fetch_ids(dialect().ids, [as_set(ids)]) == BitMap64(ids)


@pytest.mark.parametrize("texts", [[], ["oB", "oA", "o-_="]])
def test_texts_come_back(db, texts):
    assert [row[0] for row in fetch(dialect().texts, [as_set(texts)])] == sorted(texts)


def test_items_of_an_array(db):
    pairs = list(enumerate(HOSTILE))
    sql = f"SELECT CAST(value ->> 0 AS bigint), value ->> 1 FROM {dialect().json_items}"
    assert [tuple(row) for row in fetch(sql, [json.dumps(pairs)])] == pairs


def test_records_have_their_columns_whatever_they_say(db):
    sql = dialect().json_records({"id": "bigint", "text": "text"})
    said = [{"id": 2**40, "text": HOSTILE[2], "more": 1}, {"text": None, "id": 2}, {"id": 3}]
    assert [tuple(row) for row in fetch(sql, [json.dumps(said)])] == [
        (2**40, HOSTILE[2]),
        (2, None),
        (3, None),
    ]


def test_a_record_keeps_its_time(db):
    record = dialect().json_records({"at": "timestamptz"})
    sql = f"SELECT count(*) FROM ({record}) AS said WHERE said.at = %s"
    assert fetch(sql, [json.dumps([{"at": str(as_time(NOON))}]), as_time(NOON)]) == [(1,)]


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [({"a": 1}, {"b": 2}, {"a": 1, "b": 2}), ({"a": 1}, {"a": 2}, {"a": 2}), ({}, {}, {})],
)
def test_the_newer_member_wins(db, old, new, both):
    record = dialect().json_records({"old": "jsonb", "new": "jsonb"})
    sql = f"SELECT {dialect().json_merged('old', 'new')} FROM ({record}) AS said"
    found = fetch(sql, [json.dumps([{"old": old, "new": new}])])[0][0]
    assert (json.loads(found) if isinstance(found, str) else found) == both


def test_the_clock_is_aware(db):
    assert abs(dialect().now() - timezone.now()) < timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_the_clock_goes_on_within_a_transaction():
    with transaction.atomic():
        assert dialect().now() < dialect().now()


def test_an_account_is_locked_until_the_transaction_ends(db):
    locks.advisory_lock(4_711)
    if connection.vendor == "postgresql":
        held = fetch("SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'", [])
        assert (locks.LOCK, 4_711) in held


def test_sqlite_needs_no_lock(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        SQLite().advisory_lock(locks.LOCK, 4_711)


def test_how_many_rows_were_changed(account):
    Tag.objects.bulk_create(Tag(account=account, wechat_id=n, name=f"t{n}") for n in range(3))
    rename = "UPDATE followers_tag SET name = %s WHERE wechat_id > %s"
    assert [execute(rename, ["x", above]) for above in (0, 5)] == [2, 0]
