"""Local changes outdate older answers of WeChat; external changes are recorded."""

from datetime import timedelta

import pytest
from pyroaring import BitMap64

from followers.models import OutsideChange
from followers.rows.bitmaps import unpack
from followers.rows.clock import db_now
from followers.rows.local_changes import (
    BLOCKING_ACTIONS,
    REMARK_ACTIONS,
    TAG_NAME_ACTIONS,
    TAGGING_ACTIONS,
    changed_locally_since,
    has_local_changes,
    record_external_change,
    tags_changed_locally_since,
)

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
BUSY = {"status": "waiting", "error_code": 45159}
ACTIONS = [*TAGGING_ACTIONS, *BLOCKING_ACTIONS, *REMARK_ACTIONS]


@pytest.fixture
def requested_at(db):
    """When the possibly outdated answer was requested."""
    return db_now() - HOUR


# --- Followers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "counts"),
    [(-MICROSECOND, False), (MICROSECOND * 0, True), (MICROSECOND, True), (2 * HOUR, False)],
)
def test_changes_since_the_request_count(
    account, make_step, make_chunk, requested_at, after, counts
):
    """Times in the future are ignored."""
    make_chunk(make_step(account, "remark"), requested_at + after, 3, 5)
    found = changed_locally_since(account.pk, REMARK_ACTIONS, requested_at)
    assert found == BitMap64([3, 5] if counts else [])


@pytest.mark.parametrize("outcome", ["skipped", "failed"])
def test_skipped_and_failed_followers_are_not_changed(
    account, make_step, make_chunk, requested_at, outcome
):
    make_chunk(make_step(account, "remark"), requested_at, 3, outcome=outcome)
    assert changed_locally_since(account.pk, REMARK_ACTIONS, requested_at) == BitMap64()


@pytest.mark.parametrize("actions", [TAGGING_ACTIONS, BLOCKING_ACTIONS, REMARK_ACTIONS])
def test_only_the_given_actions_count(account, make_step, make_chunk, requested_at, actions):
    for number, action in enumerate(ACTIONS):
        make_chunk(make_step(account, action), requested_at, number)
    found = changed_locally_since(account.pk, actions, requested_at)
    assert found == BitMap64(n for n, action in enumerate(ACTIONS) if action in actions)


def test_changes_of_one_tag_and_of_one_account(
    account, other_account, make_tag, make_step, make_chunk, requested_at
):
    vip, old = make_tag(account), make_tag(account, "Old")
    for number, tag in enumerate([vip, old]):
        make_chunk(make_step(account, "tag", tag=tag), requested_at, number)
    make_chunk(make_step(other_account, "tag", tag=make_tag(other_account)), requested_at, 2)
    assert changed_locally_since(account.pk, TAGGING_ACTIONS, requested_at) == BitMap64([0, 1])
    assert changed_locally_since(account.pk, TAGGING_ACTIONS, requested_at, vip.pk) == BitMap64([0])


def test_many_chunks_are_one_set(account, make_step, make_chunk, requested_at):
    step = make_step(account, "remark")
    for ids in ([1, 2], [2, 2**40]):
        make_chunk(step, requested_at, *ids)
    assert changed_locally_since(account.pk, REMARK_ACTIONS, requested_at) == BitMap64(
        [1, 2, 2**40]
    )


@pytest.mark.parametrize(
    ("run", "may_be_changed"),
    [
        ({"status": "running"}, True),
        ({"status": "queued"}, True),
        ({"status": "waiting"}, True),
        ({"status": "waiting", "error_code": -1}, True),
        (BUSY, False),
        ({**BUSY, "status": "running"}, True),
        ({"status": "succeeded"}, False),
        ({"status": "cancelled"}, False),
        ({"status": "failed"}, False),
    ],
)
def test_followers_being_sent_may_be_changed(account, make_step, requested_at, run, may_be_changed):
    """Unless the run has ended, or waits because WeChat has refused the whole call."""
    make_step(account, "remark", run=run, sending=[[3, 5], [7]])
    found = changed_locally_since(account.pk, REMARK_ACTIONS, requested_at)
    assert found == BitMap64([3, 5, 7] if may_be_changed else [])


# --- Tags ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "after", "counts"),
    [
        ("create_tag", MICROSECOND * 0, True),
        ("rename_tag", MICROSECOND, True),
        ("rename_tag", -MICROSECOND, False),
        ("rename_tag", 2 * HOUR, False),
        ("tag", MICROSECOND, False),
    ],
)
def test_tags_that_were_created_or_renamed(
    account, make_tag, make_step, make_chunk, requested_at, action, after, counts
):
    tag = make_tag(account)
    make_chunk(make_step(account, action, tag=tag), requested_at + after)
    found = tags_changed_locally_since(account.pk, requested_at)
    assert found == ({tag.pk} if counts else set())


def test_deleted_tags_and_tags_of_other_accounts_are_left_out(
    account, other_account, make_tag, make_step, make_chunk, requested_at
):
    make_chunk(make_step(account, "create_tag"), requested_at)
    make_chunk(make_step(other_account, "create_tag", tag=make_tag(other_account)), requested_at)
    assert tags_changed_locally_since(account.pk, requested_at) == set()


def test_a_refused_rename_is_no_change(account, make_tag, make_step, make_chunk, requested_at):
    make_chunk(
        make_step(account, TAG_NAME_ACTIONS[1], tag=make_tag(account)),
        requested_at,
        outcome="failed",
    )
    assert tags_changed_locally_since(account.pk, requested_at) == set()


# --- External changes ----------------------------------------------------------------------------


def test_external_changes_are_recorded_where_an_undo_is_possible(
    account, make_step, make_chunk, requested_at
):
    make_chunk(make_step(account, "unblock"), requested_at, 1)
    record_external_change(account.pk, BLOCKING_ACTIONS, [5, 3])
    kept = OutsideChange.objects.get()
    assert (kept.account, kept.action, kept.tag) == (account, "block", None)
    assert unpack(kept.rows) == BitMap64([3, 5])
    assert requested_at < kept.stored_at <= db_now()


@pytest.mark.parametrize(
    ("outcome", "ids"), [("failed", [3]), ("skipped", [3]), ("done", []), (None, [3])]
)
def test_otherwise_nothing_is_recorded(account, make_step, make_chunk, requested_at, outcome, ids):
    step = make_step(account, "block")
    if outcome:
        make_chunk(step, requested_at, 1, outcome=outcome)
    record_external_change(account.pk, BLOCKING_ACTIONS, ids)
    assert not OutsideChange.objects.exists()


def test_local_changes_of_each_tag(account, make_tag, make_step, make_chunk, requested_at):
    vip, old = make_tag(account), make_tag(account, "Old")
    make_chunk(make_step(account, "tag", tag=vip), requested_at, 1)
    for tag in (vip, old):
        record_external_change(account.pk, TAGGING_ACTIONS, [1], tag.pk)
    assert OutsideChange.objects.get().tag == vip
    assert [has_local_changes(account.pk, TAGGING_ACTIONS, tag.pk) for tag in (vip, old)] == [
        True,
        False,
    ]


def test_changes_of_other_accounts_and_actions_do_not_count(
    account, other_account, make_step, make_chunk, requested_at
):
    make_chunk(make_step(other_account, "block"), requested_at, 1)
    make_chunk(make_step(account, "remark"), requested_at, 1)
    assert not has_local_changes(account.pk, BLOCKING_ACTIONS)
    assert has_local_changes(other_account.pk, BLOCKING_ACTIONS)
