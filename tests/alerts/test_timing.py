from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from followers.alerts.timing import MAX_ATTEMPTS, delay_after
from followers.schedules.times import end_of_window

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
YOUNG = timedelta()


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 300), (5, 900), (6, 1800), (7, 3600), (30, 3600)],
)
def test_the_distance_grows(attempts, seconds):
    assert delay_after(attempts, YOUNG) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("attempts", "age"), [(1, timedelta(days=1)), (MAX_ATTEMPTS, timedelta(days=-9))]
)
def test_it_ends(attempts, age):
    assert delay_after(attempts, age) is None


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


NIGHT, LUNCH = (time(22), time(8)), (time(12), time(13, 30))
QUIET = [
    (NIGHT, "2026-03-01T22:00", "2026-03-02T08:00"),
    (NIGHT, "2026-03-01T23:59", "2026-03-02T08:00"),
    (NIGHT, "2026-03-02T00:00", "2026-03-02T08:00"),
    (NIGHT, "2026-03-02T07:59:59", "2026-03-02T08:00"),
    (NIGHT, "2026-03-02T08:00", None),
    (NIGHT, "2026-03-02T21:59:59", None),
    (NIGHT, "2026-12-31T23:00", "2027-01-01T08:00"),
    (LUNCH, "2026-03-01T12:00", "2026-03-01T13:30"),
    (LUNCH, "2026-03-01T11:59", None),
    (LUNCH, "2026-03-01T13:30", None),
    ((time(9), time(9)), "2026-03-01T09:00", None),
    ((None, time(9)), "2026-03-01T08:00", None),
    ((time(9), None), "2026-03-01T10:00", None),
]


@pytest.mark.parametrize(("hours", "now", "end"), QUIET)
def test_quiet_hours(hours, now, end):
    assert end_of_window(*hours, at(now), SHANGHAI) == (at(end) if end else None)


def test_the_night_in_which_the_clocks_change():
    """New York skips 2:00 to 3:00 on 8 March 2026: the quiet hours are an hour shorter."""
    now = at("2026-03-08T01:30", NEW_YORK)
    end = end_of_window(time(22), time(8), now, NEW_YORK)
    assert end is not None
    assert end.timestamp() - now.timestamp() == 5.5 * 3600
