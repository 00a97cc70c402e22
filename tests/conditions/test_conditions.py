"""What is so now, each kind by its definition."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from followers.accounts import usage
from followers.conditions.condition import Kind
from followers.conditions.current import DEFINITIONS, current
from followers.conditions.facts import Facts
from followers.conditions.words import explain_condition
from followers.models import (
    ApiUsage,
    DailyFigures,
    EditRun,
    OfficialAccount,
    SyncRun,
    SyncStage,
    Worker,
)
from followers.rows.clock import db_now
from followers.wechat import paths

DAY = timedelta(days=1)


def found(*kinds):
    return current(Facts(OfficialAccount.objects.all()), kinds or tuple(Kind))


def words(condition):
    with translation.override("en"):
        return explain_condition(condition).meaning


def test_every_kind_has_a_definition():
    assert list(DEFINITIONS) == list(Kind)


def test_where_all_is_well_there_is_none(account, worker, make_run):
    make_run("succeeded")
    assert found() == []


def test_before_the_first_account_no_worker_is_needed(db):
    assert found() == []


def test_no_worker(account):
    [condition] = found(Kind.NO_WORKER)
    assert condition.since == account.created_at
    at = db_now() - timedelta(minutes=5)
    Worker.objects.create(name="h/1", version="1", started_at=at, seen_at=at)
    [condition] = found(Kind.NO_WORKER)
    assert (condition.account, condition.since) == (None, at)
    assert found(Kind.NO_WORKER)[0].occurrence == condition.occurrence
    assert f"since {timezone.localtime(at):%Y-%m-%d %H:%M}" in words(condition)


def test_a_failure_that_lasts_is_one(account, make_run):
    """It began with the first failure after the last success."""
    make_run("failed")
    make_run("succeeded")
    first = make_run("failed", finished_at=db_now() - 7 * DAY)
    make_run("cancelled")
    last = make_run("failed")
    [condition] = found(Kind.SYNC_FAILED)
    assert (condition.run, condition.since) == (last, first.finished_at)
    assert (condition.occurrence, condition.is_being_retried) == (f"run {first.pk}", False)
    assert "It has failed since" in words(condition)
    make_run("cancelled")
    assert found(Kind.SYNC_FAILED) == [condition]


def test_a_failure_goes_on_while_it_is_tried_again(account, make_run):
    first = make_run("failed")
    again = make_run("running")
    [condition] = found(Kind.SYNC_FAILED)
    assert (condition.run, condition.is_being_retried) == (first, True)
    SyncRun.objects.filter(pk=again.pk).update(status="succeeded")
    assert found(Kind.SYNC_FAILED) == []
    other = make_run("failed")
    assert found(Kind.SYNC_FAILED)[0].occurrence == f"run {other.pk}"


def test_each_account_has_its_own_failure(account, make_run):
    other = OfficialAccount.objects.create(name="Z", app_id="wx0000000000000009")
    make_run("failed")
    make_run("failed", other)
    make_run("succeeded", other)
    assert [it.account for it in found(Kind.SYNC_FAILED)] == [account]
    mine = OfficialAccount.objects.filter(pk=other.pk)
    assert current(Facts(mine), [Kind.SYNC_FAILED]) == []


def test_reviews_and_waits(account, make_run):
    review = make_run("review")
    waiting = make_run("waiting", resume_at=db_now() + DAY)
    kinds = [(it.kind, it.run) for it in found(Kind.SYNC_REVIEW, Kind.SYNC_WAITING)]
    assert kinds == [(Kind.SYNC_REVIEW, review), (Kind.SYNC_WAITING, waiting)]


def test_an_account_without_a_secret(account):
    assert found(Kind.NO_SECRET) == []
    OfficialAccount.objects.update(app_secret="")
    assert [it.account for it in found(Kind.NO_SECRET)] == [account]


def figures(account, day, joined, left):
    DailyFigures.objects.create(
        account=account, day=day, source="", scene="", joined=joined, left=left
    )


@pytest.mark.parametrize(
    ("joined", "left", "following", "is_told"),
    [
        (0, 20, 980, True),
        (0, 19, 981, False),  # of so few people it says nothing
        (5, 24, 981, False),
        (5, 25, 980, True),
        (0, 199, 9_801, False),  # less than 2 % of 10,000
        (0, 200, 9_800, True),
        (300, 100, 10_000, False),
    ],
)
def test_many_have_left(account, joined, left, following, is_told):
    OfficialAccount.objects.update(following=following)
    today = timezone.localdate(db_now())
    figures(account, today - DAY, joined, left)
    assert bool(found(Kind.FOLLOWERS_DROPPED)) == is_told


def test_those_of_yesterday_are_counted_back_from_now(account):
    OfficialAccount.objects.update(following=1_070)
    today = timezone.localdate(db_now())
    figures(account, today, 100, 0)
    figures(account, today - DAY, 0, 30)
    figures(account, today - 2 * DAY, 0, 900)
    [condition] = found(Kind.FOLLOWERS_DROPPED)
    assert condition.params == {"day": str(today - DAY), "lost": 30, "total": 1_000}
    assert "30 more people left than joined, of 1,000" in words(condition)


def test_without_a_known_number_nothing_is_told(account):
    figures(account, timezone.localdate(db_now()), 0, 900)
    assert found(Kind.FOLLOWERS_DROPPED) == []


def test_calls_that_run_short(account):
    row = ApiUsage.objects.create(
        account=account, day=usage.beijing_today(), path=paths.USER_GET, calls=450
    )
    assert found(Kind.QUOTA_LOW) == []
    ApiUsage.objects.update(calls=451)
    [condition] = found(Kind.QUOTA_LOW)
    assert condition.params == {"path": paths.USER_GET, "used": 451, "limit": 500}
    assert "called 451 of 500 times" in words(condition)
    ApiUsage.objects.filter(pk=row.pk).update(day=usage.beijing_today() - DAY)
    assert found(Kind.QUOTA_LOW) == []


def test_changes(account):
    now = db_now()
    values = {"account": account, "created_at": now, "finished_at": now}
    for status, failed in (("waiting", 0), ("failed", 0), ("succeeded", 1), ("succeeded", 0)):
        EditRun.objects.create(status=status, failed=failed, **values)
    assert len(found(Kind.CHANGE)) == 3
    EditRun.objects.update(finished_at=now - 8 * DAY)
    assert [it.run.status for it in found(Kind.CHANGE)] == ["waiting"]


def test_what_the_latest_sync_has_left(account, make_run):
    for _ in range(2):
        run = make_run("succeeded")
        SyncStage.objects.create(run=run, name="listing", position=0)
        SyncStage.objects.create(run=run, name="details", position=1)
    assert found(Kind.SYNC_INCOMPLETE) == []
    SyncRun.objects.update(outstanding=5)
    [condition] = found(Kind.SYNC_INCOMPLETE)
    assert (condition.run, condition.stage.name) == (run, "details")
    SyncStage.objects.filter(name="listing").update(state={"unconfirmed": 3})
    assert [it.stage.name for it in found(Kind.SYNC_INCOMPLETE)] == ["listing", "details"]
    make_run("running")
    assert found(Kind.SYNC_INCOMPLETE) == []


def test_statements_do_not_grow_with_the_accounts(account, make_run):
    def count():
        with CaptureQueriesContext(connection) as captured:
            found()
        return len(captured)

    def happen(account):
        for status in ("failed", "review", "waiting"):
            make_run(status, account)
        figures(account, timezone.localdate(db_now()), 0, 900)
        ApiUsage.objects.create(
            account=account, day=usage.beijing_today(), path=paths.USER_GET, calls=499
        )

    happen(account)
    OfficialAccount.objects.update(following=0)
    before = count()
    for number in range(5):
        happen(OfficialAccount.objects.create(name="x", app_id=f"wx{number:016x}", following=0))
    assert count() == before
