from collections import Counter
from typing import Any

import pytest

from followers.sandbox import FAULTS

from ..caller import Caller
from ..conftest import Clock, Start

SUMMARY, CUMULATE = "/datacube/getusersummary", "/datacube/getusercumulate"
ENDPOINTS = pytest.mark.parametrize("path", [SUMMARY, CUMULATE])
FIRST, YESTERDAY = "2023-11-10", "2023-11-14"
Row = dict[str, Any]


@pytest.fixture
def wechat(start: Start, clock: Clock) -> Caller:
    return start(followers=2000, lives=True, clock=clock)


def ask(wechat: Caller, path: str, first: str = FIRST, last: str = YESTERDAY) -> Any:
    return wechat.call(path, begin_date=first, end_date=last)


def rows(wechat: Caller, path: str, first: str = FIRST) -> list[Row]:
    return ask(wechat, path, first)["list"]


@ENDPOINTS
def test_yesterday_is_late(wechat: Caller, path: str):
    honest = rows(wechat, path)
    wechat.sandbox.fault("statistics_late", count=2)
    assert rows(wechat, path) == [row for row in honest if row["ref_date"] != YESTERDAY]
    assert ask(wechat, path, YESTERDAY) == {"list": []}
    assert rows(wechat, path) == honest


@ENDPOINTS
def test_yesterday_is_not_ready(wechat: Caller, path: str):
    wechat.sandbox.fault("61503", count=1)
    assert wechat.page()["total"] == 2000
    assert ask(wechat, path)["errcode"] == 61503
    assert rows(wechat, path)


@ENDPOINTS
def test_missing_rows(wechat: Caller, path: str):
    honest = rows(wechat, path)
    wechat.sandbox.fault("statistics_rows_missing")
    kept = rows(wechat, path)
    assert len(kept) == len(honest) - 3
    assert [row for row in honest if row in kept] == kept
    wechat.sandbox.clear()
    wechat.sandbox.fault("statistics_rows_missing", rows=1000)
    assert rows(wechat, path) == []


def sums(summary: list[Row]) -> dict[str, Counter[tuple[str, int]]]:
    found = {"new_user": Counter(), "cancel_user": Counter()}
    for row in summary:
        for name, counter in found.items():
            counter[row["ref_date"], row["user_source"]] += row[name]
    return found


def test_split_rows_have_the_same_sums(wechat: Caller):
    honest = rows(wechat, SUMMARY)
    totals = rows(wechat, CUMULATE)
    wechat.sandbox.fault("statistics_rows_split")
    split = rows(wechat, SUMMARY)
    assert len(split) == 2 * len(honest)
    assert sums(split) == sums(honest)
    assert rows(wechat, CUMULATE) == totals
    assert any(row["new_user"] for row in split[::2])


OF_STATISTICS = [
    name for name, kind in FAULTS.items() if kind.group == "statistics" and not kind.replaces_answer
]


@pytest.mark.parametrize("name", OF_STATISTICS)
def test_errors_are_left_alone(wechat: Caller, name: str):
    wechat.sandbox.fault(name)
    assert ask(wechat, SUMMARY, "soon")["errcode"] == 61500


@pytest.mark.parametrize("name", OF_STATISTICS)
def test_they_bear_answers_of_another_shape(wechat: Caller, name: str):
    wechat.sandbox.fault("json_list")
    wechat.sandbox.fault(name)
    assert isinstance(ask(wechat, SUMMARY), list)


def test_totals_cannot_be_split(wechat: Caller):
    with pytest.raises(ValueError, match="does not concern"):
        wechat.sandbox.fault("statistics_rows_split", path=CUMULATE)
