"""What is counted of several accounts is what comparing their unionids one by one gives."""

import random
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import AccountOverlap, Follower, OfficialAccount
from followers.rows.clock import db_now
from followers.statistics import overlap as counting
from followers.statistics.overlap import Overlap, count_overlap, overlap, take_due
from tests.factories import LONG_AGO, follow

NEVER = Overlap(None, {}, {})
# Three o'clock in Shanghai.
NIGHT = datetime(2026, 11, 25, 19, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def accounts(account):
    """Three of them; nobody follows yet."""
    more = [OfficialAccount(name=f"A{n}", app_id=f"wx000000000000000{n}") for n in (1, 2)]
    return [account, *OfficialAccount.objects.bulk_create(more)]


def fill(accounts: list[OfficialAccount], people: int, seed: int) -> None:
    """Some have left, some have no unionid, some have two rows with the same one."""
    chance = random.Random(seed)
    Follower.objects.bulk_create(
        Follower(
            account=chance.choice(accounts),
            openid=f"o{number}",
            subscribed=chance.random() < 0.8,
            unionid=chance.choice(["", f"u{chance.randrange(people // 3)}"]),
            first_seen_at=LONG_AGO,
            status_as_of=LONG_AGO,
        )
        for number in range(people)
    )


def unionids(account: OfficialAccount) -> set[str]:
    rows = Follower.objects.filter(account=account, subscribed=True)
    return {row.unionid for row in rows if row.unionid}


@pytest.mark.parametrize("seed", range(4))
def test_it_counts_people_by_their_unionid(accounts, seed):
    fill(accounts, 300, seed)
    started = db_now()
    count_overlap()
    found = overlap(accounts)
    assert found.identified == {one.pk: len(unionids(one)) for one in accounts}
    for one, other in combinations(accounts, 2):
        both = len(unionids(one) & unionids(other))
        assert found.people(one.pk, other.pk) == found.people(other.pk, one.pk) == both > 0
    assert found.people(accounts[0].pk, accounts[0].pk) == len(unionids(accounts[0]))
    assert started <= found.counted_at <= db_now()


def test_it_is_counted_anew_every_time(accounts):
    fill(accounts, 60, seed=9)
    count_overlap()
    Follower.objects.update(subscribed=False)
    follow(accounts[1], "back", unionid="u")
    count_overlap()
    found = overlap(accounts)
    assert list(found.identified.values()) == [0, 1, 0]
    assert found.shared == {}


def test_a_member_reads_only_pairs_of_their_own_accounts(accounts):
    for number, account in enumerate(accounts):
        follow(account, f"o{number}", unionid="u")
    count_overlap()
    one, other, hidden = (account.pk for account in accounts)
    found = overlap(accounts[:2])
    assert (found.identified, found.shared) == ({one: 1, other: 1}, {(one, other): 1})
    assert found.people(one, hidden) is None
    assert overlap(accounts[2:]).shared == overlap([]).shared == {}


def test_nothing_is_claimed_before_it_was_counted(accounts):
    assert overlap(accounts) == NEVER
    assert take_due()
    assert overlap(accounts) == overlap(accounts[:1]) == NEVER
    count_overlap()
    newcomer = OfficialAccount.objects.create(name="New", app_id="wx0000000000000009")
    assert overlap([*accounts, newcomer]).people(accounts[0].pk, newcomer.pk) is None


def test_one_account_alone_has_none(accounts):
    count_overlap()
    for account in accounts[1:]:
        account.delete()
    assert AccountOverlap.objects.exists()
    assert not take_due()
    assert not AccountOverlap.objects.exists()
    count_overlap()
    assert overlap(accounts[:1]) == NEVER


def test_an_account_that_is_deleted_meanwhile_is_left_out(accounts, monkeypatch):
    for number, account in enumerate(accounts):
        follow(account, f"o{number}", unionid="u")
    gone = accounts[2].pk
    counted = [(accounts[0].pk, gone, 1), (gone, gone, 1), (accounts[0].pk, accounts[1].pk, 1)]
    accounts[2].delete()
    monkeypatch.setattr(counting, "fetch", lambda *_: counted)
    count_overlap()
    assert overlap(accounts).shared == {(accounts[0].pk, accounts[1].pk): 1}


def test_a_few_statements_however_many_follow(accounts):
    fill(accounts, 300, seed=1)
    with CaptureQueriesContext(connection) as captured:
        count_overlap()
    assert len(captured) <= 8
    with CaptureQueriesContext(connection) as captured:
        overlap(accounts)
    assert len(captured) == 2


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "counted_at", "is_due"),
    [
        (NIGHT - MINUTE, NIGHT - timedelta(hours=23), False),
        (NIGHT, NIGHT - MINUTE, True),
        (NIGHT + timedelta(hours=20), NIGHT + MINUTE, False),
        (NIGHT + timedelta(hours=20), NIGHT - MINUTE, True),
        (NIGHT, NIGHT + timedelta(days=9), True),
    ],
)
def test_every_night_once(accounts, monkeypatch, now, counted_at, is_due):
    count_overlap()
    AccountOverlap.objects.update(counted_at=counted_at)
    monkeypatch.setattr(counting, "db_now", lambda: now)
    assert [take_due(), take_due()] == [is_due, False]


def test_a_count_that_was_lost_does_not_look_counted(accounts, monkeypatch):
    count_overlap()
    AccountOverlap.objects.update(counted_at=NIGHT - MINUTE)
    monkeypatch.setattr(counting, "db_now", lambda: NIGHT)
    assert take_due()
    assert overlap(accounts).counted_at == overlap(accounts[:1]).counted_at == NIGHT - MINUTE


def test_two_hosts_that_ask_at_once(accounts, monkeypatch):
    """The other one takes it between the look and the update."""
    count_overlap()
    AccountOverlap.objects.update(counted_at=NIGHT - MINUTE)

    def last_night(now):
        monkeypatch.undo()
        monkeypatch.setattr(counting, "db_now", lambda: NIGHT)
        assert take_due()
        return NIGHT

    monkeypatch.setattr(counting, "db_now", lambda: NIGHT)
    monkeypatch.setattr(counting, "last_night", last_night)
    assert not take_due()


def test_accounts_that_are_counted_are_not_asked_in_writing(accounts):
    """Every few seconds: on SQLite, a write would wait for other writers."""
    count_overlap()
    AccountOverlap.objects.update(counted_at=db_now())
    with CaptureQueriesContext(connection) as captured:
        assert not take_due()
    assert {one["sql"].split()[0] for one in captured} == {"SELECT"}
