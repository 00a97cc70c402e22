from datetime import timedelta

import pytest

from followers.history.observations import exact_time

from .lives import BEGINNING


@pytest.mark.parametrize("late", [timedelta(days=-90), timedelta(0), timedelta(seconds=60)])
def test_a_time_up_to_a_minute_after_its_arrival_is_believed(late):
    assert exact_time(BEGINNING + late, BEGINNING) == BEGINNING + late


@pytest.mark.parametrize("late", [timedelta(seconds=61), timedelta(days=365)])
def test_a_create_time_in_the_future_is_that_of_the_arrival(late):
    assert exact_time(BEGINNING + late, BEGINNING) == BEGINNING
