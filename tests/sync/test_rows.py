"""The set-based statements, on whichever database the tests run."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import DailyFigures, Follower, OfficialAccount, Subscription
from followers.rows import followers
from followers.rows.dialect import dialect

from .driver import SECRET, FakeWeChat, begin, step, sync

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)


@pytest.fixture
def run(account, queue):
    return begin(account)[0]


def row(openid):
    return Follower.objects.get(openid=openid)


def test_insert_answers_the_new_ids(account):
    ids = followers.insert(account.pk, ["b", "a"], NOON)
    assert sorted(ids) == sorted(Follower.objects.values_list("pk", flat=True))
    a = row("a")
    assert (a.subscribed, a.first_seen_at, a.status_as_of) == (True, NOON, NOON)
    assert (a.unsubscribed_at, a.subscribe_time, a.details_synced_at) == (None, None, None)
    assert (a.unionid, a.remark, a.qr_scene, a.blacklisted) == ("", "", None, False)


def test_an_inserted_row_is_as_the_model_makes_one(account):
    followers.insert(account.pk, ["a"], NOON)
    made = Follower(account=account, openid="b", first_seen_at=NOON, status_as_of=NOON)
    made.save()
    skipped = {"id", "openid"}
    fields = [field.attname for field in Follower._meta.fields if field.name not in skipped]
    assert [getattr(row("a"), name) for name in fields] == [getattr(made, name) for name in fields]


def test_insert_leaves_a_known_row_alone(account):
    followers.insert(account.pk, ["a"], NOON)
    assert len(followers.insert(account.pk, ["a", "b"], LATER)) == 1
    assert row("a").first_seen_at == NOON


def test_openids_differ_by_case(account):
    followers.insert(account.pk, ["oAbc", "oabc"], NOON)
    assert followers.look_up(account.pk, ["oABC", "oabc"]).unknown_openids == ["oABC"]


def test_accounts_do_not_see_each_other(account):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    followers.insert(account.pk, ["a"], NOON)
    assert followers.look_up(other.pk, ["a"]).unknown_openids == ["a"]
    assert len(followers.insert(other.pk, ["a"], NOON)) == 1
    assert list(followers.subscribed_ids_before(other.pk, NOON)) == []


def test_find_says_who_follows(account):
    followers.insert(account.pk, ["a", "b"], NOON)
    Follower.objects.filter(openid="b").update(subscribed=False)
    found = followers.look_up(account.pk, "abc")
    assert (set(found.ids), found.unsubscribed_ids) == ({row("a").pk, row("b").pk}, [row("b").pk])
    assert found.unknown_openids == ["c"]


def test_who_follows_by_older_knowledge_in_pieces(account, monkeypatch):
    monkeypatch.setattr(followers, "BATCH_ROWS", 2)
    ids = sorted(followers.insert(account.pk, "abcde", NOON))
    followers.insert(account.pk, "fg", LATER)
    Follower.objects.filter(pk=ids[1]).update(subscribed=False)
    found = list(followers.subscribed_ids_before(account.pk, LATER))
    assert found == [[ids[0], ids[2]], [ids[3], ids[4]]]


# --- what a page costs --------------------------------------------------------------------------


def _first_sync(account, wechat):
    """Everybody is new."""


def _unchanged(account, wechat):
    sync(account)


def _half_is_new(account, wechat):
    sync(account)
    Follower.objects.filter(
        pk__in=list(Follower.objects.values_list("pk", flat=True))[::2]
    ).delete()


def _all_return(account, wechat):
    sync(account)
    Follower.objects.update(subscribed=False)


def statements(size, pages, prepare, connect, settings):
    """Those of a sync in one slice, of so many pages of this size."""
    app_id = f"wx{size:08d}{pages:02d}"
    account = OfficialAccount.objects.create(name="A", app_id=app_id, app_secret=SECRET)
    wechat = connect(FakeWeChat(size * pages, app_id=app_id, page_size=size))
    settings.SYNC_SLICE_SECONDS = 60
    prepare(account, wechat)
    run, _created = begin(account)
    with CaptureQueriesContext(connection) as captured:
        step(run)
    assert (run.status, run.pages) == ("succeeded", pages)
    return [one["sql"] for one in captured]


PREPARE = [_first_sync, _unchanged, _half_is_new, _all_return]


@pytest.mark.parametrize("prepare", PREPARE)
def test_a_page_costs_the_same_statements_whatever_its_size(connect, settings, db, prepare):
    small, large = (len(statements(size, 1, prepare, connect, settings)) for size in (100, 10_000))
    assert small == large


# How many a page may take: those with changes also write subscriptions and figures.
MOST = {_first_sync: 15, _unchanged: 12, _half_is_new: 19, _all_return: 19}


@pytest.mark.parametrize("prepare", PREPARE)
def test_a_further_page_costs_few_statements(connect, settings, db, prepare):
    one, three = (statements(20, pages, prepare, connect, settings) for pages in (1, 3))
    assert len(three) - len(one) <= 2 * MOST[prepare]
    assert writes(three) - writes(one) <= 2 * 5


def writes(captured):
    """How many small rows are written: run, page, stage, usage, but not the followers' own."""
    verbs = ("INSERT", "UPDATE", "DELETE")
    own = ("followers_follower", "followers_subscription")
    found = [sql for sql in captured if sql.strip().startswith(verbs)]
    return sum(not any(table in sql for table in own) for sql in found)


def forbid_follower_writes():
    """From now on the database itself refuses to write a follower."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for event in ("INSERT", "UPDATE", "DELETE"):
                cursor.execute(
                    f"CREATE TEMP TRIGGER no_{event} BEFORE {event} ON followers_follower "
                    "BEGIN SELECT RAISE(ABORT, 'a follower is written'); END"
                )
            return
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a follower is written'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER no_write BEFORE INSERT OR UPDATE OR DELETE ON followers_follower "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )


def test_nothing_is_written_for_those_who_did_not_change(account, wechat):
    sync(account)
    forbid_follower_writes()
    run = sync(account)
    assert (run.status, run.unchanged) == ("succeeded", 23)


def test_a_first_sync_and_an_unchanged_one_write_no_history(account, wechat):
    for _ in range(2):
        assert sync(account).status == "succeeded"
        assert not Subscription.objects.exists()
        assert not DailyFigures.objects.exists()


def test_the_database_refuses_as_the_test_above_needs_it(account, wechat):
    forbid_follower_writes()
    with pytest.raises(Exception, match="a follower is written"):
        sync(account)


def test_no_value_of_the_id_sequence_is_burnt(account, connect, queue):
    wechat = connect(FakeWeChat(23))
    sync(account)
    highest = Follower.objects.order_by("-pk").first().pk
    wechat.people.join(1)
    sync(account)
    assert Follower.objects.order_by("-pk").first().pk == highest + 1


def test_the_page_search_uses_the_unique_index(account):
    followers.insert(account.pk, (f"o{number:027d}" for number in range(3000)), NOON)
    openids = [f"o{number:027d}" for number in range(0, 3000, 30)]
    sql = dialect().look_up_sql
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql, [json.dumps(openids), account.pk])
            plan = " ".join(str(line[3]) for line in cursor.fetchall())
            assert "SEARCH f USING INDEX" in plan
            assert "(account_id=? AND openid=?)" in plan
        else:
            cursor.execute("ANALYZE followers_follower")
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql, [openids, account.pk])
            assert "follower_unique_in_account" in str(cursor.fetchall())


def test_sets_go_to_the_database_sorted(account):
    ids = followers.insert(account.pk, ["c", "a", "b"], NOON)
    assert [row(openid).pk for openid in "abc"] == sorted(ids)
