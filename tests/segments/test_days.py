from datetime import UTC, date, datetime

import pytest

from followers.segments.days import parse_day, start_of_day


@pytest.mark.parametrize(
    "text",
    [
        "2024-13-01",
        "2024/10/31",
        "20241031",
        "2024-W01-1",
        "x",
        "0001-01-01",
        "9999-12-31",
        "２０２４-10-31",
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_day(text)


def test_days_are_local():
    assert parse_day("2024-10-31") == date(2024, 10, 31)
    assert parse_day("") is None
    assert start_of_day(date(2024, 10, 31)).astimezone(UTC) == datetime(
        2024, 10, 30, 16, tzinfo=UTC
    )
