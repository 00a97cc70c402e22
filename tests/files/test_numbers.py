from datetime import datetime, time, timedelta

import pytest

from followers.files.numbers import Formats, moment_text, number_text


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (7, "General", "7"),
        (7, "000", "007"),
        (13800138000.0, "General", "13800138000"),
        (0.1 + 0.2, "General", "0.3"),
        (0.00001, "General", "0.00001"),
        (-1.5e-7, "General", "-0.00000015"),
        (0.5, "0%", "50%"),
        (0.125, "0.00%", "12.50%"),
        (999_999_999_999_999, "0", "999999999999999"),
        (1.2345678901234568e18, "0", "1.23457E+18"),
        (-1e15, "General", "-1.00000E+15"),
    ],
)
def test_numbers_read_as_they_are_shown(number, code, text):
    assert number_text(number, code) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (None, ""),
    ],
)
def test_moments(moment, text):
    assert moment_text(moment) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [("x", "x"), ("", ""), ("1e400", "#NUM!"), ("-1e999", "#NUM!"), ("nan", "#NUM!")],
)
def test_what_is_no_number(raw, text):
    assert Formats().shown(raw, 0) == text
