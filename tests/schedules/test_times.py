"""When schedules are due, on ordinary days and on the others."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followers.schedules.times import (
    Daily,
    Hourly,
    Weekly,
    end_of_window,
    is_next,
    is_within,
    next_after,
    period_of,
)

SHANGHAI, BERLIN, NEW_YORK = map(ZoneInfo, ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))
THREE = Daily(time(3))


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("timing", "zone", "moment", "expected"),
    [
        (THREE, SHANGHAI, "2026-11-27 02:59", "2026-11-27 03:00"),
        (THREE, SHANGHAI, "2026-11-27 03:00", "2026-11-28 03:00"),
        (THREE, SHANGHAI, "2026-12-31 03:00", "2027-01-01 03:00"),
        (THREE, SHANGHAI, "2028-02-28 12:00", "2028-02-29 03:00"),
        (Daily(time(0)), SHANGHAI, "2026-12-31 23:59:59.999999", "2027-01-01 00:00"),
        (Weekly(0, time(8)), SHANGHAI, "2026-11-27 12:00", "2026-11-30 08:00"),
        (Weekly(4, time(8)), SHANGHAI, "2026-11-27 07:59", "2026-11-27 08:00"),
        (Weekly(4, time(8)), SHANGHAI, "2026-11-27 08:00", "2026-12-04 08:00"),
        # In spring the clock goes from 2:00 to 3:00.
        (Daily(time(2, 30)), BERLIN, "2027-03-27 02:30", "2027-03-28 03:30"),
        (Daily(time(2, 30)), BERLIN, "2027-03-28 03:30", "2027-03-29 02:30"),
        # In autumn, 2:30 comes twice.
        (Daily(time(2, 30)), BERLIN, "2026-10-24 12:00", "2026-10-25 02:30"),
        (Daily(time(2, 30)), BERLIN, "2026-10-25 02:30", "2026-10-26 02:30"),
        (Daily(time(1, 30)), NEW_YORK, "2026-11-01 01:30", "2026-11-02 01:30"),
    ],
)
def test_the_next_time(timing, zone, moment, expected):
    found = next_after(timing, local(moment, zone), zone)
    assert found.timestamp() == local(expected, zone).timestamp()


@pytest.mark.parametrize(
    ("previous", "moment", "expected"),
    [
        (None, "2026-11-27 10:00", "2026-11-27 16:00"),
        ("2026-11-27 04:00", "2026-11-27 04:00", "2026-11-27 10:00"),
        ("2026-11-27 04:00", "2026-11-27 09:59", "2026-11-27 10:00"),
        ("2026-11-20 04:00", "2026-11-27 05:00", "2026-11-27 10:00"),
        ("2026-12-31 23:00", "2027-01-01 00:00", "2027-01-01 05:00"),
        # Set while the clock was ahead.
        ("2026-11-28 04:00", "2026-11-27 05:00", "2026-11-27 11:00"),
    ],
)
def test_every_six_hours(previous, moment, expected):
    previous = previous and local(previous, SHANGHAI)
    found = next_after(Hourly(6), local(moment, SHANGHAI), SHANGHAI, previous)
    assert found == local(expected, SHANGHAI)


def test_hours_are_elapsed_ones():
    before = local("2026-10-25 01:00", BERLIN)
    found = next_after(Hourly(6), before, BERLIN, before)
    assert found.timestamp() - before.timestamp() == 6 * 3600


zones = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), UTC])
minutes = st.times().map(lambda it: it.replace(second=0, microsecond=0, tzinfo=None))
timings = st.one_of(
    st.builds(Daily, minutes),
    st.builds(Weekly, st.integers(0, 6), minutes),
    st.builds(Hourly, st.integers(1, 168)),
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@given(timings, zones, moments)
def test_it_is_later_than_now_and_is_the_next_until_then(timing, zone, moment):
    found = next_after(timing, moment, zone)
    assert found > moment
    for now in (moment, found - timedelta(microseconds=1)):
        assert is_next(timing, found, now, zone)
    assert not is_next(timing, found + period_of(timing), moment, zone)


@given(minutes, zones, moments)
def test_every_day_has_exactly_one(at, zone, moment):
    days = []
    for _ in range(400):
        moment = next_after(Daily(at), moment, zone)
        days.append(moment.astimezone(zone).date())
    assert [after - day for day, after in pairwise(days)] == [timedelta(days=1)] * 399


@given(st.integers(1, 168), moments, st.timedeltas(timedelta(), timedelta(days=30)))
def test_hours_keep_their_distance(hours, previous, later):
    found = next_after(Hourly(hours), previous + later, UTC, previous)
    assert found > previous + later
    assert (found - previous) % timedelta(hours=hours) == timedelta()


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        (("22:00", "08:00"), "2026-11-26 21:59", None),
        (("22:00", "08:00"), "2026-11-26 22:00", "2026-11-27 08:00"),
        (("22:00", "08:00"), "2026-11-27 00:00", "2026-11-27 08:00"),
        (("22:00", "08:00"), "2026-11-27 08:00", None),
        (("01:00", "05:00"), "2026-11-27 03:00", "2026-11-27 05:00"),
        (("01:00", "05:00"), "2026-11-27 05:00", None),
        (("01:00", "01:00"), "2026-11-27 01:00", None),
    ],
)
def test_hours_of_a_day(hours, now, end):
    begins, ends = map(time.fromisoformat, hours)
    found = end_of_window(begins, ends, local(now, SHANGHAI), SHANGHAI)
    assert found == (local(end, SHANGHAI) if end else None)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (("01:00", "05:00"), "01:00", True),
        (("01:00", "05:00"), "05:00", False),
        (("01:00", "05:00"), "00:59", False),
        (("22:00", "04:00"), "23:00", True),
        (("22:00", "04:00"), "03:59", True),
        (("22:00", "04:00"), "04:00", False),
        (("22:00", "04:00"), "21:59", False),
    ],
)
def test_a_time_of_day_within_hours(hours, at, expected):
    assert is_within(*map(time.fromisoformat, (*hours, at))) is expected


def test_hours_across_a_change_of_the_clock():
    now = local("2026-03-08 01:30", NEW_YORK)
    end = end_of_window(time(22), time(8), now, NEW_YORK)
    assert end.timestamp() - now.timestamp() == 5.5 * 3600
