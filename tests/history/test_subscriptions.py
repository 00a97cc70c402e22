"""The present as it follows from a fold, and what rows remember."""

from followers.history.fold import fold
from followers.history.observations import (
    Absent,
    Baseline,
    Listed,
    Profile,
    SubscribeEvent,
    UnsubscribeEvent,
)
from followers.history.subscriptions import Status, Subscription, observations_of, status_of

from .lives import moment

BASELINE = moment(0)


def present(*observations):
    return status_of(fold(observations, BASELINE), observations)


def test_the_present_of_nobody():
    assert present() == Status(False, None, None, None)


def test_the_present_of_a_new_follower():
    began = moment(100)
    assert present(SubscribeEvent(began)) == Status(True, began, None, began)
    known = [SubscribeEvent(began), Profile(moment(500), began)]
    assert present(*known) == Status(True, moment(500), None, began)


def test_the_present_of_somebody_who_left_and_returned():
    known = [SubscribeEvent(moment(100)), UnsubscribeEvent(moment(200)), Listed(moment(900))]
    assert present(*known) == Status(True, moment(900), moment(200), moment(100))


def test_the_present_of_somebody_of_the_baseline():
    known = [Baseline(moment(-50)), Listed(moment(500))]
    assert present(*known) == Status(True, moment(500), None, moment(-50))


def test_a_list_tells_of_its_start_and_an_answer_of_the_asking():
    began, start, end = moment(100), moment(1000), moment(2000)
    for confirmed, as_of in ((False, start), (True, end)):
        known = [SubscribeEvent(began), Absent(start, end, confirmed)]
        assert present(*known) == Status(False, as_of, start, began)


def test_older_news_never_changes_the_present():
    """They are seen at 1000; that they left at 500 says that they came back since."""
    rows = (Subscription(),)
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
