"""Status changes become subscriptions (0009 to 0011), interrupted or not, and back again."""

import importlib
import os
import signal
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Sum
from django.utils import translation

from followers.admin.followers.timeline import timeline
from followers.history.recount import recount
from followers.models import DailyFigures, Follower, OfficialAccount, Subscription
from tests.history.stored import assert_figures, assert_history, periods
from tests.installation import new_database
from tests.stack import ROOT, wait_for

from .before import connected, migrate
from .lives import AFTER, BEFORE, LISTED_AT, LIVES, SANE, day, insert

migration = importlib.import_module("followers.migrations.0010_subscriptions")
# Of `killed_in_the_middle`: ten batches.
MANY = 20_000
SUBSCRIPTIONS = "SELECT count(*) FROM followers_subscription"


@pytest.fixture(scope="module")
def empty(tmp_path_factory, django_db_blocker):
    """A database at the migration before, without rows."""
    database = new_database(tmp_path_factory.mktemp("empty"))
    try:
        with django_db_blocker.unblock(), connected(database):
            migrate(BEFORE)
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="module")
def with_lives(empty, tmp_path_factory, django_db_blocker):
    database = empty.copy(tmp_path_factory.mktemp("lives"))
    try:
        with django_db_blocker.unblock(), connected(database):
            insert(migrate(BEFORE))
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="module")
def with_subscriptions(with_lives, tmp_path_factory, django_db_blocker):
    database = with_lives.copy(tmp_path_factory.mktemp("subscriptions"))
    try:
        with django_db_blocker.unblock(), connected(database):
            call_command("migrate", verbosity=0)
        yield database
    finally:
        database.drop()


@pytest.fixture(scope="module")
def just_after(with_lives, tmp_path_factory, django_db_blocker):
    """Not a step further: the way back is a quarter as long."""
    database = with_lives.copy(tmp_path_factory.mktemp("just_after"))
    try:
        with django_db_blocker.unblock(), connected(database):
            migrate(AFTER)
        yield database
    finally:
        database.drop()


@pytest.fixture
def before(use, with_lives):
    return use(with_lives)


@pytest.fixture
def upgraded(use, with_subscriptions):
    return use(with_subscriptions)


def of(life):
    return Follower.objects.select_related("account").get(openid=life.name)


def assert_subscriptions():
    for life in LIVES.values():
        assert periods(of(life)) == list(life.periods), life.name


# --- what becomes of them -------------------------------------------------------------------------


def test_changes_become_subscriptions(upgraded):
    assert_subscriptions()
    assert not Subscription.objects.exclude(account=F("follower__account")).exists()


def test_followers_agree_with_their_subscriptions(upgraded):
    for life in SANE:
        if life.name != "blacklisted, never followed":
            assert_history(of(life))


def test_timelines_show_what_they_showed(upgraded):
    for life in LIVES.values():
        expected = life.lines if life.shown is None else life.shown
        with translation.override("en"):
            events = timeline(of(life))
        shown = [(event.text, event.at, event.hint) for event in events]
        assert [line[:2] for line in shown] == [line[:2] for line in expected], life.name
        whys = [line for line in shown if line[0] == "Unfollowed"]
        assert whys == [line for line in expected if line[0] == "Unfollowed"], life.name


def test_figures_are_counted_by_the_first_recount(upgraded):
    for account in OfficialAccount.objects.all():
        recount(account.pk)
        assert_figures(account)
    sums = DailyFigures.objects.aggregate(joined=Sum("joined"), left=Sum("left"))
    baseline = OfficialAccount.objects.get(app_id="wx0").baseline_at
    rows = [period for life in LIVES.values() if life.has_baseline for period in life.periods]
    began = [row for row in rows if row.began_at and row.began_at > baseline]
    assert sums == {"joined": len(began), "left": len([row for row in rows if row.ended_at])}


def test_accounts_know_how_many_follow_and_their_last_complete_list(upgraded):
    with_baseline, without = OfficialAccount.objects.order_by("app_id")
    following = [life for life in LIVES.values() if life.subscribed and life.has_baseline]
    assert with_baseline.following == len(following)
    assert with_baseline.listed_at == LISTED_AT
    assert (without.following, without.listed_at) == (None, None)


# --- interrupted ----------------------------------------------------------------------------------


class StopHereError(Exception):
    pass


def stop_after(monkeypatch, name, batches):
    """The batch after so many is stopped when all is done but its commit."""
    run, calls = getattr(migration, name), []

    def stopping(*arguments):
        run(*arguments)
        calls.append(name)
        if len(calls) > batches:
            raise StopHereError

    monkeypatch.setattr(migration, name, stopping)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(migration, "FOLLOWERS_AT_ONCE", 3)
    monkeypatch.setattr(migration, "IDS_AT_ONCE", 3)


@pytest.mark.parametrize("name", ["_convert", "_insert_others"])
@pytest.mark.parametrize("batches", [0, 1, 4])
def test_interrupted_it_goes_on(before, small_batches, monkeypatch, name, batches):
    with monkeypatch.context() as patch:
        stop_after(patch, name, batches)
        with pytest.raises(StopHereError):
            migrate(AFTER)
    assert batches == 0 or Subscription.objects.exists()
    call_command("migrate", verbosity=0)
    assert_subscriptions()


def test_a_stopped_batch_leaves_nothing(before, small_batches, monkeypatch):
    changes = migrate(BEFORE).get_model("followers", "StatusChange").objects
    count = changes.count()
    stop_after(monkeypatch, "_convert", 0)
    with pytest.raises(StopHereError):
        migrate(AFTER)
    assert changes.count() == count
    assert not Subscription.objects.exists()


def test_a_stopped_batch_on_the_way_back_leaves_nothing(
    use, just_after, small_batches, monkeypatch
):
    use(just_after)
    count = Subscription.objects.count()
    stop_after(monkeypatch, "_restore", 0)
    with pytest.raises(StopHereError):
        migrate(BEFORE)
    assert Subscription.objects.count() == count


@pytest.mark.parametrize("batches", [0, 1, 4])
def test_interrupted_on_the_way_back_it_goes_on(
    use, just_after, small_batches, monkeypatch, batches
):
    use(just_after)
    with monkeypatch.context() as patch:
        stop_after(patch, "_restore", batches)
        with pytest.raises(StopHereError):
            migrate(BEFORE)
    assert kept(migrate(BEFORE)) == expected_changes()


def test_killed_in_the_middle_it_goes_on(empty, use):
    database = use(empty)
    apps = migrate(BEFORE)
    insert_many(apps)
    environment = {**os.environ, "DATABASE_URL": database.url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    wait_for(lambda: has_subscriptions(database))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    converted = Subscription.objects.count()
    assert 0 < converted < MANY
    changes = apps.get_model("followers", "StatusChange").objects
    assert changes.count() == MANY - converted
    call_command("migrate", verbosity=0)
    ended = Subscription.objects.filter(began_at=None).exclude(ended_at=None)
    assert ended.count() == ended.values("follower").distinct().count() == MANY
    assert Subscription.objects.count() == MANY


def has_subscriptions(database):
    """The table comes with 0009."""
    name = "followers_subscription"
    if name not in connection.introspection.table_names():
        return False
    return database.query(SUBSCRIPTIONS) != [(0,)]


def insert_many(apps):
    """So many of the first list who have left."""
    insert(apps)
    follower_model = apps.get_model("followers", "Follower")
    change_model = apps.get_model("followers", "StatusChange")
    change_model.objects.all().delete()
    first = follower_model.objects.get(openid="left, all asked")
    follower_model.objects.exclude(pk=first.pk).delete()
    values = {"account_id": first.account_id, "first_seen_at": first.first_seen_at}
    values |= {"status_as_of": first.status_as_of, "unsubscribed_at": first.unsubscribed_at}
    follower_model.objects.bulk_create(
        follower_model(openid=f"o{number}", subscribed=False, **values) for number in range(1, MANY)
    )
    change_model.objects.bulk_create(
        change_model(follower_id=pk, subscribed=False, at=first.unsubscribed_at)
        for pk in follower_model.objects.values_list("pk", flat=True)
    )


# --- and back -------------------------------------------------------------------------------------


def kept(apps):
    """The changes of each follower in their order, with the days of the lists that found them."""
    changes = apps.get_model("followers", "StatusChange").objects.order_by("follower", "at", "pk")
    columns = ("follower__openid", "subscribed", "at", "run__created_at")
    found = {name: [] for name in LIVES}
    for name, *change in changes.values_list(*columns):
        found[name].append(tuple(change))
    return found


def expected_changes():
    return {
        life.name: [
            (follows, at, None if number is None else day(number))
            for follows, at, number in (life.changes if life.kept is None else life.kept)
        ]
        for life in LIVES.values()
    }


def test_there_and_back_again_the_changes_are_what_they_were(upgraded):
    assert kept(migrate(BEFORE)) == expected_changes()


def test_there_back_and_there_again(upgraded):
    migrate(BEFORE)
    call_command("migrate", verbosity=0)
    for life in LIVES.values():
        ends = [(row.began_at, row.ended_at) for row in periods(of(life))]
        assert ends == [(row.began_at, row.ended_at) for row in life.periods], life.name
