"""What was changed here makes older answers of WeChat worthless, and what others did since."""

from datetime import timedelta

import pytest
from pyroaring import BitMap64

from followers.models import OutsideChange
from followers.rows.bitmaps import unpack
from followers.rows.clock import db_now
from followers.rows.local_changes import (
    BLOCKING,
    NAMING,
    REMARKING,
    TAGGING,
    changed_locally_since,
    has_local_changes,
    record_external_change,
    tags_changed_locally_since,
)

MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
BUSY = {"status": "waiting", "error_code": 45159}
ACTIONS = [*TAGGING, *BLOCKING, *REMARKING]


@pytest.fixture
def asked_at(db):
    """When the answer that may be out of date was asked for."""
    return db_now() - HOUR


# --- Followers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "counts"), [(-MOMENT, False), (MOMENT * 0, True), (MOMENT, True), (2 * HOUR, False)]
)
def test_changes_since_it_was_asked_count(account, make_step, make_chunk, asked_at, after, counts):
    """None is believed to be of a time to come."""
    make_chunk(make_step(account, "remark"), asked_at + after, 3, 5)
    found = changed_locally_since(account.pk, REMARKING, asked_at)
    assert found == BitMap64([3, 5] if counts else [])


@pytest.mark.parametrize("outcome", ["skipped", "failed"])
def test_whom_nothing_was_done_to_is_not_changed(account, make_step, make_chunk, asked_at, outcome):
    make_chunk(make_step(account, "remark"), asked_at, 3, outcome=outcome)
    assert changed_locally_since(account.pk, REMARKING, asked_at) == BitMap64()


@pytest.mark.parametrize("actions", [TAGGING, BLOCKING, REMARKING])
def test_what_changes_the_same_thing_counts(account, make_step, make_chunk, asked_at, actions):
    for number, action in enumerate(ACTIONS):
        make_chunk(make_step(account, action), asked_at, number)
    found = changed_locally_since(account.pk, actions, asked_at)
    assert found == BitMap64(n for n, action in enumerate(ACTIONS) if action in actions)


def test_changes_of_one_tag_and_of_one_account(
    account, other, make_tag, make_step, make_chunk, asked_at
):
    vip, old = make_tag(account), make_tag(account, "Old")
    for number, tag in enumerate([vip, old]):
        make_chunk(make_step(account, "tag", tag=tag), asked_at, number)
    make_chunk(make_step(other, "tag", tag=make_tag(other)), asked_at, 2)
    assert changed_locally_since(account.pk, TAGGING, asked_at) == BitMap64([0, 1])
    assert changed_locally_since(account.pk, TAGGING, asked_at, vip.pk) == BitMap64([0])


def test_many_chunks_are_one_set(account, make_step, make_chunk, asked_at):
    step = make_step(account, "remark")
    for ids in ([1, 2], [2, 2**40]):
        make_chunk(step, asked_at, *ids)
    assert changed_locally_since(account.pk, REMARKING, asked_at) == BitMap64([1, 2, 2**40])


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
def test_who_is_being_sent_may_be_changed(account, make_step, asked_at, run, may_be_changed):
    """Unless the run is over, or waits because WeChat has refused the whole call."""
    make_step(account, "remark", run=run, sending=[[3, 5], [7]])
    found = changed_locally_since(account.pk, REMARKING, asked_at)
    assert found == BitMap64([3, 5, 7] if may_be_changed else [])


# --- Tags ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "after", "counts"),
    [
        ("create_tag", MOMENT * 0, True),
        ("rename_tag", MOMENT, True),
        ("rename_tag", -MOMENT, False),
        ("rename_tag", 2 * HOUR, False),
        ("tag", MOMENT, False),
    ],
)
def test_tags_that_were_named_here(
    account, make_tag, make_step, make_chunk, asked_at, action, after, counts
):
    tag = make_tag(account)
    make_chunk(make_step(account, action, tag=tag), asked_at + after)
    found = tags_changed_locally_since(account.pk, asked_at)
    assert found == ({tag.pk} if counts else set())


def test_no_tag_is_left_of_one_that_is_gone_and_others_are_elsewhere(
    account, other, make_tag, make_step, make_chunk, asked_at
):
    make_chunk(make_step(account, "create_tag"), asked_at)
    make_chunk(make_step(other, "create_tag", tag=make_tag(other)), asked_at)
    assert tags_changed_locally_since(account.pk, asked_at) == set()


def test_a_name_that_was_refused_is_not_changed(account, make_tag, make_step, make_chunk, asked_at):
    make_chunk(make_step(account, NAMING[1], tag=make_tag(account)), asked_at, outcome="failed")
    assert tags_changed_locally_since(account.pk, asked_at) == set()


# --- What others did ----------------------------------------------------------------------------


def test_what_others_did_is_kept_where_we_could_undo(account, make_step, make_chunk, asked_at):
    make_chunk(make_step(account, "unblock"), asked_at, 1)
    record_external_change(account.pk, BLOCKING, [5, 3])
    kept = OutsideChange.objects.get()
    assert (kept.account, kept.action, kept.tag) == (account, "block", None)
    assert unpack(kept.rows) == BitMap64([3, 5])
    assert asked_at < kept.stored_at <= db_now()


@pytest.mark.parametrize(
    ("outcome", "ids"), [("failed", [3]), ("skipped", [3]), ("done", []), (None, [3])]
)
def test_otherwise_nothing_is_kept(account, make_step, make_chunk, asked_at, outcome, ids):
    step = make_step(account, "block")
    if outcome:
        make_chunk(step, asked_at, 1, outcome=outcome)
    record_external_change(account.pk, BLOCKING, ids)
    assert not OutsideChange.objects.exists()


def test_each_tag_is_looked_at_by_itself(account, make_tag, make_step, make_chunk, asked_at):
    vip, old = make_tag(account), make_tag(account, "Old")
    make_chunk(make_step(account, "tag", tag=vip), asked_at, 1)
    for tag in (vip, old):
        record_external_change(account.pk, TAGGING, [1], tag.pk)
    assert OutsideChange.objects.get().tag == vip
    assert [has_local_changes(account.pk, TAGGING, tag.pk) for tag in (vip, old)] == [True, False]


def test_changes_of_others_accounts_and_kinds_are_none(
    account, other, make_step, make_chunk, asked_at
):
    make_chunk(make_step(other, "block"), asked_at, 1)
    make_chunk(make_step(account, "remark"), asked_at, 1)
    assert not has_local_changes(account.pk, BLOCKING)
    assert has_local_changes(other.pk, BLOCKING)
