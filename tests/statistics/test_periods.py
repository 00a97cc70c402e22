"""Periods by name, days put together, and one day beside others."""

from datetime import date, timedelta

import pytest

from followers.statistics.comparison import AVERAGED_DAYS, compare, days_to_compare
from followers.statistics.days import DayRange
from followers.statistics.figures import DayRow
from followers.statistics.periods import NAMED, By, put_together, split

DAY = timedelta(days=1)


def rows(first, *joined):
    """Days with so many joined, one who leaves each day, and the total that follows."""
    found, total = [], 100
    for place, number in enumerate(joined):
        total += number - 1
        found.append(DayRow(first + place * DAY, number, 1, number - 1, total))
    return found


@pytest.mark.parametrize(
    ("today", "name", "first", "last"),
    [
        (date(2024, 3, 1), "yesterday", date(2024, 2, 29), date(2024, 2, 29)),
        (date(2024, 3, 1), "7d", date(2024, 2, 24), date(2024, 3, 1)),
        (date(2024, 3, 1), "30d", date(2024, 2, 1), date(2024, 3, 1)),
        (date(2024, 3, 1), "90d", date(2023, 12, 3), date(2024, 3, 1)),
        (date(2024, 3, 1), "365d", date(2023, 3, 3), date(2024, 3, 1)),
        (date(2024, 3, 1), "month", date(2024, 3, 1), date(2024, 3, 1)),
        (date(2024, 3, 31), "last_month", date(2024, 2, 1), date(2024, 2, 29)),
        (date(2025, 1, 1), "last_month", date(2024, 12, 1), date(2024, 12, 31)),
    ],
)
def test_named_periods(today, name, first, last):
    assert NAMED[name](today) == DayRange(first, last)


def test_weeks_begin_on_mondays_and_may_be_cut_short():
    # A Thursday and a Tuesday.
    weeks = list(split(DayRange(date(2024, 2, 29), date(2024, 3, 12)), By.WEEK))
    assert [(week.first.day, week.last.day) for week in weeks] == [(29, 3), (4, 10), (11, 12)]


def test_months_and_days():
    days = DayRange(date(2024, 1, 31), date(2024, 3, 1))
    assert [len(month) for month in split(days, By.MONTH)] == [1, 29, 1]
    assert [day.first for day in split(days, By.DAY)] == list(days)


@pytest.mark.parametrize("by", By)
def test_put_together_is_the_sum_and_the_last_total(by):
    days = rows(date(2024, 2, 20), *range(40))
    found = put_together(days, by)
    assert sum(len(it.days) for it in found) == 40
    assert sum(it.joined for it in found) == sum(range(40))
    for it in found:
        inside = [row for row in days if it.days.first <= row.date <= it.days.last]
        assert it[1:] == (
            sum(row.joined for row in inside),
            sum(row.left for row in inside),
            sum(row.net for row in inside),
            inside[-1].total,
        )
    assert put_together([], by) == []


def test_a_day_is_compared_with_the_day_the_week_and_the_month_before():
    first = date(2024, 3, 1)
    days = rows(first, *range(31))
    day = days[-1].date
    found = compare(days, day, {row.date for row in days})
    assert (found["joined"].value, found["joined"].day_before, found["joined"].week_before) == (
        30,
        29,
        23,
    )
    assert found["joined"].average == sum(range(30)) / 30
    assert found["total"].average == days[0].total
    assert len(days_to_compare(day)) == AVERAGED_DAYS + 1


def test_what_is_not_known_is_compared_with_nothing():
    days = rows(date(2024, 3, 1), *range(31))
    day = days[-1].date
    known = {day - number * DAY for number in range(2, 8)}
    found = compare(days, day, known)
    assert found["joined"].value == 30
    assert found["joined"].day_before is None
    assert found["joined"].week_before == 23
    # Six days make no average.
    assert found["joined"].average is None
    assert found["total"].average is None
    assert compare(days, day, known | {day - 8 * DAY})["joined"].average is not None
