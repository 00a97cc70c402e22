"""What stages keep between their steps, also as the version before has stored it."""

import json

import pytest

from followers.models import SyncStage
from followers.sync.state import (
    STATES,
    DetailsState,
    ListingState,
    MembersState,
    StageState,
    TagsState,
    TagToRead,
    WalkState,
)

from .driver import begin, drive, step
from .truth import run_of, stage, start, tags_here, tags_there

# As they were stored while they were free dictionaries: each key, in its shape.
WALK = {"reached": 1, "restarts": 2, "stale": 1, "short": 1}
MEMBERS = {
    **WALK,
    "expected": 20,
    "unknown": 3,
    "read": 17,
    "pages": 4,
    "vanished": True,
    "added": 5,
    "removed": 6,
}
STORED = {
    "listing": {
        **WALK,
        "known": 400,
        "gone": 60,
        "listed": 340,
        "sample": [7, 8],
        "doubt": "shrunk",
        "approved": True,
        "approved_by": "mei",
        "kept": 1,
        "asked": 30,
        "still": 12,
        "to_ask": [9, 10, 11],
        "sampled": True,
        "ask_all": True,
        "cut": True,
        "unconfirmed": 15,
    },
    "tags": {
        **MEMBERS,
        "todo": [[1, 101, 12], [2, 102, None]],
        "empty": True,
        "lost": "there",
        "skipped": ["VIP"],
        "differ": ["老客户"],
    },
    "blacklist": MEMBERS,
    "details": {"reached": 0.4312, "bad": ["o1", "o2"]},
}


def row(name, state):
    return SyncStage(name=name, state=json.loads(json.dumps(state)))


def test_every_stage_has_its_own():
    assert set(STATES) == set(STORED) == set(SyncStage.Name)


# Fields of later versions.
SINCE = {"read_until"}


@pytest.mark.parametrize("name", STORED)
def test_each_key_of_the_version_before_is_a_field(name):
    """None is left out, and none is new: a field that is added later takes itself out of this."""
    state = STATES[name].load(row(name, STORED[name]))
    assert vars(state).keys() - SINCE == STORED[name].keys()
    told = {key: value for key, value in vars(state).items() if key not in SINCE}
    assert json.loads(json.dumps(told)) == STORED[name]


def test_what_is_stored_comes_back_as_it_was(run):
    for position, (name, known) in enumerate(STORED.items(), 1):
        kept = run.stages.model(run=run, name=name, position=position)
        state = STATES[name].load(row(name, known))
        state.save(kept)
        kept.refresh_from_db()
        assert (STATES[name].load(kept), kept.state) == (state, known)


def test_nothing_is_stored_of_what_is_as_it_was_at_the_beginning(run):
    kept = run.stages.get()
    ListingState().save(kept)
    assert kept.state == {}
    ListingState(asked=3).save(kept)
    assert kept.state == {"asked": 3}


@pytest.mark.parametrize("kind", [StageState, WalkState, *STATES.values()])
def test_what_is_missing_is_as_at_the_beginning_and_what_is_unknown_is_left_out(kind):
    assert kind.load(row("listing", {})) == kind.load(row("listing", {"of_tomorrow": 1})) == kind()


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (ListingState, {"asked": "3"}),
        (ListingState, {"approved": "yes"}),
        (ListingState, {"sample": None}),
        (MembersState, {"vanished": 1}),
        (DetailsState, {"reached": "1"}),
    ],
)
def test_a_value_of_another_type_is_named(kind, stored):
    (name,) = stored
    with pytest.raises(TypeError, match=name):
        kind.load(row("listing", stored))


def test_tags_to_read_are_stored_as_lists():
    state = TagsState.load(row("tags", STORED["tags"]))
    assert state.todo == [TagToRead(1, 101, 12), TagToRead(2, 102, None)]
    assert state.todo[0].expected == 12
    assert json.dumps(state.todo) == "[[1, 101, 12], [2, 102, null]]"


def test_lists_are_nobody_elses():
    one, other = TagsState(), TagsState()
    one.skipped.append("VIP")
    assert other.skipped == []


# --- how far a stage has been -------------------------------------------------------------------


def test_how_far_a_stage_has_been_never_falls(run):
    kept, state = run.stages.get(), ListingState()
    shares = []
    for done, total in ((0, 0), (1, 3), (2, 3), (0, 3), (2, 100), (5, 3)):
        kept.done, kept.total = done, total
        state.save(kept)
        shares.append(ListingState.load(run.stages.get()).reached)
    assert shares == [0, 0.3333, 0.6667, 0.6667, 0.6667, 1]


# --- what belongs to one walk, or to one list -----------------------------------------------------


def test_a_walk_begun_again_forgets_who_was_asked_after_the_one_before():
    state = ListingState(**STORED["listing"])
    state.begin_walk()
    asked = (state.asked, state.still, state.to_ask, state.sampled, state.ask_all)
    assert (asked, state.unconfirmed) == ((0, 0, [], False, False), 0)
    assert (state.cut, state.restarts, state.short, state.kept) == (True, 2, 1, 1)


def test_the_next_list_begins_anew_and_the_stage_goes_on_counting():
    state = MembersState(**MEMBERS)
    state.begin_list(7)
    state.begin_walk()
    state.stale = 0
    assert state == MembersState(reached=1, expected=7, vanished=True, added=5, removed=6)


# --- an upgrade in mid-run ------------------------------------------------------------------------

ZEROS = {"restarts": 0, "stale": 0, "short": 0}


@pytest.mark.parametrize("slices", [2, 4, 5, 6])
def test_a_listing_goes_on_with_what_the_version_before_has_stored(account, wechat, slices):
    run_of(account, "listing")
    gone = set(wechat.people.leave(4))
    run = step(begin(account)[0], slices)
    assert run.is_active
    kept = stage(run, "listing")
    kept.state = {**ZEROS, "doubt": ""} | kept.state
    kept.save()
    run = drive(run)
    assert (run.status, run.unsubscribed) == ("succeeded", len(gone))


@pytest.mark.parametrize("slices", [1, 3, 5, 7])
def test_tags_go_on_with_what_the_version_before_has_stored(account, connect, wechat, slices):
    wechat = connect(type(wechat)(60, page_size=15, tags=2, tag_percent=33))
    run_of(account, "listing")
    run = step(start(account, "tags"), slices)
    kept = stage(run, "tags")
    kept.state = {**ZEROS, "unknown": 0, "read": 0, "pages": 0, "lost": ""} | kept.state
    kept.save()
    assert drive(run).status == "succeeded"
    assert tags_here(account) == tags_there(wechat)
