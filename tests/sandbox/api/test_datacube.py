from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from followers.sandbox.api.account import Account
from followers.sandbox.api.flow import FollowerFlow
from followers.sandbox.options import Options
from followers.sandbox.people.lives import Period

from ..caller import Caller
from ..conftest import Clock, Start

SUMMARY, CUMULATE = "/datacube/getusersummary", "/datacube/getusercumulate"
ENDPOINTS = pytest.mark.parametrize("path", [SUMMARY, CUMULATE])
# The day of the clock, which begins at 08:00.
TODAY = date(2023, 11, 15)
DAY = timedelta(days=1)
HOUR = 3600
# As WeChat's page lists them; all other scenes are others.
NUMBERS = {
    "ADD_SCENE_SEARCH": 1,
    "ADD_SCENE_PROFILE_CARD": 17,
    "ADD_SCENE_QR_CODE": 30,
    "ADD_SCENE_PROFILE_LINK": 57,
    "ADD_SCENE_WECHAT_ADVERTISEMENT": 100,
    "ADD_SCENE_WXA": 149,
    "ADD_SCENE_REPRINT": 161,
    "ADD_SCENE_CHANNELS": 200,
    "ADD_SCENE_LIVESTREAM": 201,
    "ADD_SCENE_SMART_SCREEN": 35,
}
Lives = dict[str, list[Period]]


@pytest.fixture
def wechat(start: Start, clock: Clock) -> Caller:
    return start(followers=3000, lives=True, clock=clock, token_ttl=10**8)


def ask(wechat: Caller, path: str, first: object, last: object = None) -> Any:
    return wechat.call(path, begin_date=str(first), end_date=str(last or first))


def days_of(first: date, last: date) -> list[date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


def day_of(time: float) -> date:
    return datetime.fromtimestamp(time + 8 * HOUR, UTC).date()


def counted(lives: Lives, first: date, last: date) -> list[dict[str, Any]]:
    """The rows of a summary, counted person by person."""
    joined, left = Counter(), Counter()
    for period in (period for periods in lives.values() for period in periods):
        source = NUMBERS.get(period.source, 0)
        joined[day_of(period.began), source] += 1
        if period.ended is not None:
            left[day_of(period.ended), source] += 1
    return [
        {
            "ref_date": str(day),
            "user_source": source,
            "new_user": joined[day, source],
            "cancel_user": left[day, source],
        }
        for day, source in sorted(joined.keys() | left.keys())
        if first <= day <= last
    ]


def followers_at_end(lives: Lives, day: date) -> int:
    """Whose last beginning up to then has no end up to then."""
    return sum(
        day_of(period.began) <= day and (period.ended is None or day_of(period.ended) > day)
        for periods in lives.values()
        for period in periods
    )


def assert_counted(wechat: Caller, first: date, last: date) -> list[dict[str, Any]]:
    """Both endpoints say what counting says; returns the rows of the summary."""
    rows, lives = ask(wechat, SUMMARY, first, last), wechat.sandbox.lives()
    assert rows == {"list": counted(lives, first, last)}
    assert ask(wechat, CUMULATE, first, last) == {
        "list": [
            {"ref_date": str(day), "cumulate_user": followers_at_end(lives, day)}
            for day in days_of(first, last)
        ]
    }
    return rows["list"]


@pytest.mark.parametrize("weeks_ago", [0, 1, 30, 103, 104, 200])
def test_a_past_week(wechat: Caller, weeks_ago: int):
    last = TODAY - DAY - 7 * DAY * weeks_ago
    rows = assert_counted(wechat, last - 6 * DAY, last)
    assert all(row["new_user"] or row["cancel_user"] for row in rows)


def test_a_day_has_a_row_for_each_source(wechat: Caller):
    rows = ask(wechat, SUMMARY, TODAY - 7 * DAY, TODAY - DAY)["list"]
    assert len({row["ref_date"] for row in rows}) == 7
    assert {0, 1, 30} < {row["user_source"] for row in rows}
    assert any(row["cancel_user"] for row in rows)


def test_a_source_that_is_not_documented_turns_up(start: Start, clock: Clock):
    wechat = start(followers=23_000, lives=True, clock=clock)
    weeks = [TODAY - DAY - 7 * DAY * number for number in range(6)]
    found = [ask(wechat, SUMMARY, last - 6 * DAY, last)["list"] for last in weeks]
    assert 35 in {row["user_source"] for rows in found for row in rows}


def test_the_console_changes_no_figures(wechat: Caller, clock: Clock):
    people = wechat.sandbox.population
    returned = people.come_back(people.leave(3))
    for openid in returned:
        wechat.sandbox.change(openid, subscribe_scene="ADD_SCENE_NEW_IN_2031")
    people.leave(returned)
    clock.forward(24 * HOUR)
    assert_counted(wechat, TODAY, TODAY)


def test_the_end_of_yesterday_is_what_the_list_says(wechat: Caller):
    answer = ask(wechat, CUMULATE, TODAY - DAY)
    assert answer == {"list": [{"ref_date": "2023-11-14", "cumulate_user": 3000}]}


def test_what_happens_is_counted_on_its_day(wechat: Caller, clock: Clock):
    people = wechat.sandbox.population
    # Asked before, so that the past is counted before it changes.
    assert_counted(wechat, TODAY - 3 * DAY, TODAY - DAY)
    gone = people.leave(200)
    clock.forward(15.9999 * HOUR)
    people.join(70)
    people.come_back(gone[:50])
    clock.forward(0.0001 * HOUR)
    people.leave(gone[:20])
    people.join(9)
    clock.forward(9 * HOUR)
    rows = assert_counted(wechat, TODAY - 3 * DAY, TODAY)
    today = [row for row in rows if row["ref_date"] == str(TODAY)]
    assert sum(row["new_user"] for row in today) == 120
    assert sum(row["cancel_user"] for row in today) == 200
    clock.forward(24 * HOUR)
    rows = assert_counted(wechat, TODAY + DAY, TODAY + DAY)
    assert [sum(row[name] for row in rows) for name in ("new_user", "cancel_user")] == [9, 20]


def test_events_before_the_first_question(wechat: Caller, clock: Clock):
    people = wechat.sandbox.population
    gone = people.leave(100)
    people.come_back(gone[:40])
    people.leave(gone[:10])
    people.leave(people.join(30)[:20])
    clock.forward(24 * HOUR)
    assert_counted(wechat, TODAY - 6 * DAY, TODAY)


def test_people_who_come_and_go_by_themselves(start: Start, clock: Clock):
    wechat = start(followers=500, lives=True, churn=0.5, clock=clock, token_ttl=10**8)
    for _ in range(6):
        clock.forward(8 * HOUR)
        assert_counted(wechat, TODAY - 4 * DAY, day_of(clock()) - 2 * DAY)
    clock.forward(24 * HOUR)
    assert assert_counted(wechat, TODAY, day_of(clock()) - DAY)


def test_a_new_start_forgets_what_happened(wechat: Caller, clock: Clock):
    clock.forward(24 * HOUR)
    before = assert_counted(wechat, TODAY - DAY, TODAY)
    clock.forward(-24 * HOUR)
    wechat.sandbox.population.leave(30)
    clock.forward(24 * HOUR)
    assert assert_counted(wechat, TODAY - DAY, TODAY) != before
    wechat.sandbox.reset()
    wechat._token = None
    assert assert_counted(wechat, TODAY - DAY, TODAY) == before


def test_without_lives_the_profiles_are_the_past(start: Start, clock: Clock):
    clock.now = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    wechat = start(followers=3000, clock=clock, token_ttl=10**8)
    rows = assert_counted(wechat, date(2025, 6, 1), date(2025, 6, 7))
    assert len(rows) > 7
    assert {row["cancel_user"] for row in rows} == {0}
    people = wechat.sandbox.population
    people.come_back(people.leave(20)[:10])
    (who,) = people.join(1)
    wechat.sandbox.change(who, subscribe_scene="ADD_SCENE_LIVESTREAM")
    people.come_back(people.leave([who]))
    clock.forward(24 * HOUR)
    rows = assert_counted(wechat, date(2026, 2, 27), date(2026, 3, 1))
    assert 201 in {row["user_source"] for row in rows if row["ref_date"] == "2026-03-01"}


def test_accounts_have_figures_of_their_own(start: Start, clock: Clock):
    wechat = start(lives=True, clock=clock, other_accounts=[("wx0123456789abcdef", "other", 5)])
    token = wechat.stable(appid="wx0123456789abcdef", secret="other")["access_token"]
    body = {"begin_date": "2023-11-14", "end_date": "2023-11-14"}
    (row,) = wechat.post(CUMULATE, body, access_token=token)["list"]
    assert row["cumulate_user"] == 5


def test_nobody_follows(start: Start, clock: Clock):
    wechat = start(followers=0, lives=True, clock=clock)
    assert ask(wechat, SUMMARY, TODAY - DAY) == {"list": []}


# Refusals


@ENDPOINTS
@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2023-11-08", "2023-11-14", None),
        ("2023-11-14", "2023-11-14", None),
        ("2014-12-01", "2014-12-07", None),
        ("2023-11-07", "2023-11-14", 61501),
        ("2023-11-14", "2023-11-13", 61501),
        ("2014-11-30", "2014-12-01", 61501),
        ("2023-11-14", "2023-11-15", 61501),
        ("2023-11-16", "2023-11-16", 61501),
        ("2023-11-1", "2023-11-14", 61500),
        ("20231114", "2023-11-14", 61500),
        ("2023-11-14", "2023-11-31", 61500),
        ("2023-11-14", "2023-11-14 ", 61500),
        ("２０２３-11-14", "2023-11-14", 61500),
        ("2023-W46-2", "2023-11-14", 61500),
        ("", "2023-11-14", 61500),
        (20231114, "2023-11-14", 61500),
        ("2023-11-14", None, 61500),
    ],
)
def test_days_that_are_refused(
    wechat: Caller, path: str, first: object, last: object, code: int | None
):
    answer = wechat.call(path, begin_date=first, end_date=last)
    assert answer.get("errcode") == code
    assert ("list" in answer) is (code is None)


@ENDPOINTS
@pytest.mark.parametrize("body", [{}, {"begin_date": "2023-11-14"}, {"end_date": "2023-11-14"}])
def test_a_missing_day(wechat: Caller, path: str, body: dict[str, str]):
    assert wechat.call(path, **body)["errcode"] == 61500


@ENDPOINTS
def test_yesterday_is_ready_at_eight_in_beijing(wechat: Caller, clock: Clock, path: str):
    clock.forward(-1)
    yesterday = TODAY - DAY
    assert ask(wechat, path, yesterday)["errcode"] == 61503
    assert ask(wechat, path, yesterday - 6 * DAY, yesterday)["errcode"] == 61503
    assert ask(wechat, path, TODAY)["errcode"] == 61501
    assert "list" in ask(wechat, path, yesterday - DAY)
    clock.forward(1)
    assert "list" in ask(wechat, path, yesterday)


@ENDPOINTS
def test_the_usual_refusals(wechat: Caller, path: str):
    token = wechat.token
    assert wechat.response(path, params={"access_token": token}).json()["errcode"] == 43002
    assert wechat.response(path, "POST").json()["errcode"] == 41001
    assert wechat.response(path, "POST", params={"access_token": token}).json()["errcode"] == 44002
    wechat.sandbox.fault("48001", path=path)
    assert ask(wechat, path, TODAY - DAY)["errcode"] == 48001


@ENDPOINTS
def test_calls_are_counted(start: Start, clock: Clock, path: str):
    wechat = start(clock=clock, quotas={path: 1})
    assert [ask(wechat, path, TODAY).get("errcode") for _ in range(2)] == [61501, 45009]
    quota = wechat.call("/cgi-bin/openapi/quota/get", cgi_path=path)["quota"]
    assert quota == {"daily_limit": 1, "used": 1, "remain": 0}


# How it is counted


def test_the_past_is_counted_once(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    account = Account(followers=100, options=Options(lives=True), clock=clock)
    flow, calls = FollowerFlow(account.records), []
    count = account.records.initial_lives
    monkeypatch.setattr(account.records, "initial_lives", lambda: calls.append(1) or count())
    days = range(19_000, 19_007)
    first = flow.changes(days)
    account.population.leave(10)
    account.reset()
    assert flow.changes(days) == first
    assert flow.totals(days)
    assert calls == [1]
