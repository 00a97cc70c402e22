"""The present as it follows from a fold, and what rows remember."""

import pytest

from followers.history.fold import fold
from followers.history.observations import (
    Absent,
    Baseline,
    Listed,
    Profile,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)
from followers.history.periods import Period, Status, first_seen, observations_of, status_of

from .lives import moment

BASELINE = moment(0)


def present(*observations):
    """With when they were first seen."""
    known = fold(observations, BASELINE)
    return status_of(known, observations), first_seen(observations)


def test_the_present_of_nobody():
    assert present() == (Status(False, None, None), None)


def test_the_present_of_a_new_follower():
    began = moment(100)
    assert present(SubscribeEvent(began)) == (Status(True, began, None), began)
    known = [SubscribeEvent(began), Profile(moment(500), began)]
    assert present(*known) == (Status(True, moment(500), None), began)


def test_a_profile_sees_somebody_when_it_is_read():
    known = [Listed(moment(400)), Profile(moment(500), moment(100))]
    assert present(*known) == (Status(True, moment(500), None), moment(400))


def test_the_present_of_somebody_who_left_and_returned():
    known = [SubscribeEvent(moment(100)), UnsubscribeEvent(moment(200)), Listed(moment(900))]
    assert present(*known) == (Status(True, moment(900), moment(200)), moment(100))


def test_the_present_of_somebody_of_the_baseline():
    known = [Baseline(moment(-50)), Listed(moment(500))]
    assert present(*known) == (Status(True, moment(500), None), moment(-50))


def test_somebody_who_is_only_known_to_have_left_was_seen_then():
    known = [UnsubscribeEvent(moment(200)), Absent(moment(300), moment(400))]
    assert present(*known) == (Status(False, moment(300), moment(200)), moment(200))


def test_a_list_tells_of_its_start_and_an_answer_of_the_asking():
    began, start, end = moment(100), moment(1000), moment(2000)
    for confirmed, as_of in ((False, start), (True, end)):
        known = [SubscribeEvent(began), Absent(start, end, confirmed)]
        assert present(*known) == (Status(False, as_of, start), began)


def test_what_is_explained_by_the_clocks_is_no_evidence():
    """The page that lists them is dated after their leaving, by another clock."""
    known = [SubscribeEvent(moment(100)), UnsubscribeEvent(moment(500)), Listed(moment(530))]
    assert present(*known)[0].status_as_of == moment(500)


def test_older_news_never_changes_the_present():
    """They are seen at 1000; that they left at 500 says that they came back since."""
    rows = (Period(),)
    kept = observations_of(rows, moment(-50), moment(1000))
    known = [*kept, UnsubscribeEvent(moment(500))]
    found = fold(known, BASELINE)
    assert [row.ended_at for row in found] == [moment(500), None]
    assert status_of(found, known).status_as_of == moment(1000)


def test_that_somebody_was_away_is_remembered_longer_than_why():
    rows = fold([SubscribeEvent(moment(100)), UnsubscribeEvent(moment(200))], BASELINE)
    known = [*observations_of(rows, as_of=moment(1000)), SubscribeEvent(moment(500))]
    assert not status_of(fold(known, BASELINE), known).subscribed


def test_a_profile_still_voids_what_a_list_had_claimed_when_only_rows_are_left():
    claimed = [SubscribeEvent(moment(100)), Absent(moment(1000), moment(1500))]
    later = [Listed(moment(5000)), Profile(moment(5100), moment(100))]
    rows = fold(claimed, BASELINE)
    assert rows[0].ended_at == moment(1000)
    (row,) = fold([*observations_of(rows), *later], BASELINE)
    assert row.ended_at is None


@pytest.mark.parametrize(
    "known",
    [
        # A scan less than a minute before a beginning, which a page would have yielded to.
        [SubscribeEvent(moment(100)), ScanEvent(moment(970)), SubscribeEvent(moment(1000))],
        # An unsubscribe that showed its own beginning, and an answer just after it.
        [
            UnsubscribeEvent(moment(200)),
            Absent(moment(210), moment(230), confirmed=True),
            Listed(moment(900)),
        ],
        # An old subscribe_time, held against an answer later than the one that ended the row.
        [
            SubscribeEvent(moment(100)),
            Absent(moment(200), moment(300), confirmed=True),
            Absent(moment(600), moment(700), confirmed=True),
            Profile(moment(2000), moment(100)),
        ],
    ],
)
def test_rows_give_themselves_again(known):
    rows = fold(known, BASELINE)
    assert len(rows) == 2
    assert fold(observations_of(rows), BASELINE) == rows


def test_an_answer_within_a_walk_that_nobody_confirmed_is_kept():
    known = [SubscribeEvent(moment(100)), Absent(moment(500), moment(2000))]
    known.append(Absent(moment(700), moment(700), confirmed=True))
    (row,) = fold(known, BASELINE)
    assert row.ended_at == moment(500)
    kept = observations_of([row], as_of=status_of([row], known).status_as_of)
    assert fold([*kept, Listed(moment(3000))], BASELINE)[1].began_after == moment(700)
