"""The fold in random lives whose truth is known, and the cases that everybody asks about."""

import pytest

from followers.history.fold import fold
from followers.history.observations import (
    Absent,
    Baseline,
    Listed,
    Observation,
    Profile,
    ScanEvent,
    SubscribeEvent,
    UnsubscribeEvent,
)
from followers.history.periods import FoundBy, Period

from . import properties
from .lives import make_life, moment

LIVES = [make_life(seed) for seed in range(500)]
ODD = [make_life(seed, odd=True) for seed in range(500, 700)]
EVENT, PROFILE, SYNC, MISSED = FoundBy
HOUR = 3600


@pytest.mark.parametrize("holds", properties.ALL, ids=lambda it: it.__name__)
def test_random_lives(holds):
    for life in LIVES:
        holds(life)


@pytest.mark.parametrize("holds", properties.OF_ODD_LIVES, ids=lambda it: it.__name__)
def test_odd_lives(holds):
    for life in ODD:
        holds(life)


def test_the_lives_are_worth_looking_at():
    """Many are exact, many are not, and every kind of news and of finding occurs."""
    assert 150 < sum(life.is_exact for life in LIVES) < 350
    kinds = {type(it) for life in LIVES for it in life.observations}
    assert kinds == set(Observation.__args__)
    rows = [row for life in LIVES for row in properties.rows_of(life)]
    assert {row.began_by for row in rows} == {None, *FoundBy}
    assert {row.ended_by for row in rows} == {None, EVENT, SYNC, MISSED}


def periods(*observations, baseline=0):
    """What a test compares: when and by what a period began and ended, in seconds."""

    def seconds(at):
        return at and (at - moment(0)).total_seconds()

    rows = fold(observations, moment(baseline) if baseline is not None else None)
    return [(seconds(it.began_at), it.began_by, seconds(it.ended_at), it.ended_by) for it in rows]


def subscribe(at, **how):
    return SubscribeEvent(moment(at), **how)


def unsubscribe(at):
    return UnsubscribeEvent(moment(at))


def listed(at):
    return Listed(moment(at))


def absent(start, end, *, confirmed=False):
    return Absent(moment(start), moment(end), confirmed)


def profile(asked_at, since, **how):
    return Profile(moment(asked_at), moment(since), **how)


def test_nobody_knows_anything():
    assert fold([], moment(0)) == fold([], None) == ()


class TestExactTimes:
    def test_two_events_within_a_second_are_taken_in_the_order_that_needs_nothing_missed(self):
        new = [subscribe(HOUR), unsubscribe(HOUR)]
        assert periods(*new) == [(HOUR, EVENT, HOUR, EVENT)]
        assert periods(subscribe(60), *new) == [(60, EVENT, HOUR, EVENT), (HOUR, EVENT, None, None)]

    def test_two_events_within_thirty_seconds_are_both_believed(self):
        came_back = [subscribe(10), unsubscribe(HOUR), subscribe(HOUR + 30)]
        assert periods(*came_back) == [
            (10, EVENT, HOUR, EVENT),
            (HOUR + 30, EVENT, None, None),
        ]

    def test_of_two_subscribe_events_in_one_second_the_same_one_stays(self):
        events = [subscribe(HOUR, scene="1"), subscribe(HOUR, scene="2")]
        assert fold(events, None) == fold(events[::-1], None)

    def test_a_scan_of_somebody_who_does_not_follow_shows_a_beginning(self):
        assert periods(subscribe(10), unsubscribe(60), ScanEvent(moment(HOUR))) == [
            (10, EVENT, 60, EVENT),
            (HOUR, MISSED, None, None),
        ]


class TestPagesYield:
    @pytest.mark.parametrize(("at", "is_new"), [(HOUR + 60, False), (HOUR + 61, True)])
    def test_an_unsubscribe_applied_after_a_page_that_lists_the_follower(self, at, is_new):
        found = periods(subscribe(10), listed(at), unsubscribe(HOUR))
        assert found == [(10, EVENT, HOUR, EVENT), (at, SYNC, None, None)][: 1 + is_new]

    @pytest.mark.parametrize(("at", "is_older"), [(HOUR - 60, False), (HOUR - 61, True)])
    def test_a_page_before_a_beginning(self, at, is_older):
        found = periods(absent(10, 20), listed(at), subscribe(HOUR))
        assert found == [(at, SYNC, HOUR, MISSED), (HOUR, EVENT, None, None)][1 - is_older :]

    def test_a_page_just_after_a_scan_is_believed(self):
        """They had come back, whatever was missed."""
        scan = ScanEvent(moment(HOUR + 20))
        assert periods(unsubscribe(HOUR), scan, listed(HOUR + 30))[1:] == [
            (HOUR + 20, MISSED, None, None)
        ]

    @pytest.mark.parametrize(("began", "stays"), [(HOUR - 60, True), (HOUR - 61, False)])
    def test_an_answer_that_they_do_not_follow_just_after_a_beginning(self, began, stays):
        asked = absent(10, HOUR, confirmed=True)
        ending = (None, None) if stays else (HOUR, SYNC)
        assert periods(subscribe(began), asked) == [(began, EVENT, *ending)]

    @pytest.mark.parametrize("scanned", [HOUR - 60, HOUR + 60])
    def test_an_answer_that_they_do_not_follow_within_a_minute_of_a_scan(self, scanned):
        known = [subscribe(10), absent(60, HOUR, confirmed=True), ScanEvent(moment(scanned))]
        assert periods(*known) == [(10, EVENT, None, None)]
        assert periods(*known, profile(2 * HOUR, 10)) == [(10, EVENT, None, None)]


class TestAbsences:
    def test_are_dated_by_the_start_of_the_walk(self):
        (row,) = fold([subscribe(10), listed(60), absent(HOUR, 2 * HOUR)], moment(0))
        assert row == Period(
            began_at=moment(10),
            began_by=EVENT,
            ended_at=moment(HOUR),
            ended_by=SYNC,
            ended_after=moment(60),
            ended_before=moment(2 * HOUR),
        )

    @pytest.mark.parametrize("confirmed", [False, True])
    def test_an_unsubscribe_during_the_walk_that_arrives_after_it(self, confirmed):
        walk = absent(HOUR, 2 * HOUR, confirmed=confirmed)
        for left in (HOUR, HOUR + 600, 2 * HOUR, 2 * HOUR + 60):
            found = periods(subscribe(10), walk, unsubscribe(left))
            assert found == [(10, EVENT, left, EVENT)]

    def test_how_long_they_are_known_to_have_been_away(self):
        """Whoever is not in a list may have come back before its end, but not before its start."""
        known = [subscribe(10), absent(600, 700), listed(HOUR)]
        asked = absent(500, 650, confirmed=True)
        assert fold(known, None)[1].began_after == moment(600)
        assert fold([*known, asked], None)[1].began_after == moment(650)

    def test_an_unsubscribe_long_after_the_walk_is_another_leaving(self):
        walk = absent(HOUR, 2 * HOUR)
        assert periods(subscribe(10), walk, unsubscribe(2 * HOUR + 61)) == [
            (10, EVENT, HOUR, SYNC),
            (2 * HOUR + 61, MISSED, 2 * HOUR + 61, EVENT),
        ]

    @pytest.mark.parametrize("began", [HOUR - 60, HOUR, 2 * HOUR - 1])
    def test_a_beginning_within_the_walk_voids_it(self, began):
        """Their place in the list may have been passed before."""
        assert periods(subscribe(began), absent(HOUR, 2 * HOUR)) == [(began, EVENT, None, None)]

    def test_a_beginning_within_the_walk_dates_it_by_the_asking(self):
        asked = absent(HOUR, 2 * HOUR, confirmed=True)
        assert periods(subscribe(HOUR + 600), asked) == [(HOUR + 600, EVENT, 2 * HOUR, SYNC)]

    def test_a_page_within_the_walk_counts_likewise(self):
        seen = [subscribe(10), listed(HOUR + 600)]
        assert periods(*seen, absent(HOUR, 2 * HOUR)) == [(10, EVENT, None, None)]
        asked = absent(HOUR, 2 * HOUR, confirmed=True)
        assert periods(*seen, asked) == [(10, EVENT, 2 * HOUR, SYNC)]

    def test_somebody_who_came_back_just_after_the_asking_had_left_before_it(self):
        asked = absent(HOUR, 2 * HOUR, confirmed=True)
        assert periods(subscribe(10), asked, subscribe(2 * HOUR + 30)) == [
            (10, EVENT, HOUR, SYNC),
            (2 * HOUR + 30, EVENT, None, None),
        ]


class TestProfiles:
    def test_within_a_minute_of_an_event_it_is_that_event(self):
        how = {"source": "ADD_SCENE_QR_CODE", "scene": "8"}
        (row,) = fold([subscribe(HOUR, scene="7"), profile(2 * HOUR, HOUR + 60, **how)], None)
        assert (row.began_at, row.began_by) == (moment(HOUR), EVENT)
        assert (row.source, row.scene) == ("ADD_SCENE_QR_CODE", "7")

    def test_within_a_minute_of_an_answer_to_the_contrary_it_is_believed(self):
        known = [unsubscribe(10), absent(60, HOUR, confirmed=True)]
        assert periods(*known, profile(2 * HOUR, HOUR - 60))[1:] == [
            (HOUR - 60, PROFILE, None, None)
        ]

    def test_of_somebody_who_left_in_between_it_is_another_beginning(self):
        events = [subscribe(HOUR), unsubscribe(HOUR + 10)]
        assert periods(*events, profile(2 * HOUR, HOUR + 20)) == [
            (HOUR, EVENT, HOUR + 10, EVENT),
            (HOUR + 20, PROFILE, None, None),
        ]

    def test_a_subscribe_time_later_than_the_known_beginning_shows_a_leaving_that_was_missed(self):
        assert periods(subscribe(10), listed(60), profile(2 * HOUR, HOUR)) == [
            (10, EVENT, HOUR, MISSED),
            (HOUR, PROFILE, None, None),
        ]

    def test_a_subscribe_time_earlier_than_an_unconfirmed_absence_voids_it(self):
        known = [subscribe(10), absent(HOUR, HOUR + 60), listed(2 * HOUR)]
        assert len(periods(*known)) == 2
        assert periods(*known, profile(3 * HOUR, 10)) == [(10, EVENT, None, None)]

    @pytest.mark.parametrize(
        ("leaving", "ended", "began"),
        [
            (unsubscribe(HOUR), (HOUR, EVENT), HOUR),
            (absent(HOUR, HOUR + 60, confirmed=True), (HOUR, SYNC), HOUR + 60),
        ],
    )
    def test_a_subscribe_time_earlier_than_a_certain_absence(self, leaving, ended, began):
        """They came back after it; WeChat's time is that of an earlier following."""
        assert periods(subscribe(10), leaving, profile(3 * HOUR, 10)) == [
            (10, EVENT, *ended),
            (began, PROFILE, None, None),
        ]

    def test_an_old_subscribe_time_says_nothing_about_a_beginning_that_is_known(self):
        events = [subscribe(10), unsubscribe(HOUR), subscribe(2 * HOUR)]
        assert periods(*events, profile(3 * HOUR, 10)) == periods(*events)

    def test_an_unsubscribe_up_to_a_minute_before_the_asking_was_after_it(self):
        assert periods(profile(HOUR, 10), unsubscribe(HOUR - 60)) == [
            (10, PROFILE, HOUR - 60, EVENT)
        ]


class TestTheBaseline:
    def test_somebody_of_the_baseline_leaves_returns_and_leaves(self):
        known = [Baseline(moment(-60)), unsubscribe(60), subscribe(HOUR), unsubscribe(2 * HOUR)]
        assert periods(*known) == [(None, None, 60, EVENT), (HOUR, EVENT, 2 * HOUR, EVENT)]

    def test_somebody_of_the_baseline_has_followed_since_before_it(self):
        for page in (-60, 30):  # The clock may have been set back before the list ended.
            known = [Baseline(moment(page)), listed(HOUR)]
            assert periods(*known) == [(None, None, None, None)]

    @pytest.mark.parametrize("baseline", [-60, -59, 0, None])
    def test_before_the_baseline_an_unsubscribe_is_a_leaving_alone(self, baseline):
        assert periods(unsubscribe(0), baseline=baseline) == [(None, None, 0, EVENT)]

    def test_after_the_baseline_an_unsubscribe_shows_a_beginning_that_was_missed(self):
        assert periods(unsubscribe(HOUR)) == [(HOUR, MISSED, HOUR, EVENT)]
        assert periods(listed(HOUR)) == [(HOUR, SYNC, None, None)]
