"""How well a day is known: by its complete lists, and by the last of them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from followers.models import OfficialAccount, SyncRun, SyncStage
from followers.statistics.days import DayRange
from followers.statistics.knowledge import AsOf, Knowledge, as_of, knowledge

HOUR = timedelta(hours=1)
# Midnight of 1 April in Shanghai.
MIDNIGHT = datetime(2024, 3, 31, 16, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2024, 4, 7)
DAYS = DayRange(date(2024, 4, 1), date(2024, 4, 7))
BEFORE, PARTIAL, COMPLETE, UNSYNCED, UNKNOWN = (
    Knowledge.BEFORE,
    Knowledge.PARTIAL,
    Knowledge.COMPLETE,
    Knowledge.UNSYNCED,
    Knowledge.UNKNOWN,
)


@pytest.fixture
def make_synced(account):
    """make_synced(hours since 1 April of the baseline, of each list, last of them)."""
    accounts = iter([account])

    def make(baseline, *walks):
        one = next(accounts, None) or OfficialAccount.objects.create(
            name="Other", app_id=f"wx{OfficialAccount.objects.count():016d}"
        )
        one.baseline_at = MIDNIGHT + baseline * HOUR
        one.listed_at = MIDNIGHT + walks[-1] * HOUR if walks else None
        one.save()
        for walk in walks:
            add_list(one, MIDNIGHT + walk * HOUR)
        return one

    return make


def add_list(account, began_at, **values):
    run = SyncRun.objects.create(account=account, status="succeeded", created_at=began_at)
    values = {"status": "done", "name": "listing", **values}
    SyncStage.objects.create(run=run, position=0, walk_started_at=began_at, **values)


def states(*accounts):
    found = knowledge(accounts, [DAYS], TODAY)
    assert list(found) == list(DAYS)
    return list(found.values())


def test_each_day_is_known_as_its_lists_tell(make_synced):
    account = make_synced(24 + 10, 24 + 9, 48 + 3, 96 + 3, 144 + 3)
    assert states(account) == [BEFORE, PARTIAL, COMPLETE, UNSYNCED, COMPLETE, UNSYNCED, PARTIAL]


def test_days_after_the_last_list_are_not_known(make_synced):
    assert states(make_synced(1, 1, 27, 51)) == [
        *(PARTIAL, COMPLETE, PARTIAL),
        *(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ]


def test_a_list_that_begins_at_midnight_makes_the_day_before_complete(make_synced):
    assert states(make_synced(1, 1, 27, 48))[1:3] == [COMPLETE, UNKNOWN]


def test_a_list_that_was_not_stored_to_its_end_is_none(make_synced):
    account = make_synced(1, 1, 144 + 3)
    for values in ({"status": "running"}, {"reason": "loop"}, {"name": "tags"}):
        add_list(account, MIDNIGHT + 30 * HOUR, **values)
    assert states(account)[1] == UNSYNCED


def test_an_account_that_messages_alone_tell_about_is_known_at_once(make_synced):
    assert states(make_synced(27)) == [BEFORE, PARTIAL, *[COMPLETE] * 4, PARTIAL]


def test_of_several_accounts_the_worst_is_told(make_synced):
    nightly = make_synced(1, *(24 * day + 3 for day in range(7)))
    late = make_synced(48 + 10, 48 + 9, 96 + 3, 144 + 3)
    assert states(nightly, late) == [
        *(PARTIAL, COMPLETE, PARTIAL),
        *(UNSYNCED, COMPLETE, UNSYNCED, PARTIAL),
    ]
    never = OfficialAccount.objects.create(name="Never", app_id="wxnever000000000")
    assert states(nightly, never) == states(nightly)


def test_without_accounts_nothing_is_known(db):
    assert set(states()) == {BEFORE}


def test_the_figures_are_as_of_the_account_that_lags_most(make_synced):
    one, other = make_synced(1, 51), make_synced(1, 27)
    assert as_of([one, other]) == AsOf(other.listed_at, other)
    assert as_of([OfficialAccount()]) is None
    by_messages = make_synced(27)
    assert as_of([by_messages]) == AsOf(None, by_messages)
    assert as_of([by_messages, one]) == AsOf(one.listed_at, one)


def test_one_query_tells_of_all(make_synced, django_assert_num_queries):
    accounts = [make_synced(1, 27), make_synced(1, 27)]
    with django_assert_num_queries(1):
        states(*accounts)
