"""When WeChat is asked for its own figures, for which days, and what is stored of its answers."""

import logging
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import translation

from followers.models import OfficialAccount, WeChatDay, WeChatFigures
from followers.statistics import wechat_figures
from followers.statistics.days import DayRange
from followers.statistics.wechat_figures import MAX_SPANS, take_due
from followers.wechat.client import Client
from followers.wechat.errors import BEIJING, explain

from .wechat import DAY, days, stored

SUMMARY, CUMULATE = "/datacube/getusersummary", "/datacube/getusercumulate"


def due_in(morning):
    morning.account.refresh_from_db()
    return morning.account.wechat_figures_due_at - morning.clock.now


def next_morning(morning):
    """Tomorrow at half past eight, and some minutes."""
    due_at = morning.account.wechat_figures_due_at.astimezone(BEIJING)
    tomorrow = morning.clock.now.date() + DAY
    return (
        timedelta()
        <= due_at - datetime(*tomorrow.timetuple()[:3], 8, 30, tzinfo=BEIJING)
        < timedelta(minutes=30)
    )


# --- what is stored -------------------------------------------------------------------------------


def test_two_hundred_days_are_stored_as_wechat_knows_them(morning):
    morning.begin(199)
    morning.fetch()
    assert stored() == morning.record()
    assert len(stored()[1]) == 200
    assert morning.calls == morning.recorded_calls == 2 * 29
    assert days(is_final=True)[-1] == morning.clock.yesterday - 2 * DAY
    assert len(days(is_final=False)) == 2
    assert next_morning(morning)


def test_two_years_take_four_tasks(morning, settings):
    settings.SYNC_TURN_SECONDS = 60
    morning.begin(729)
    assert morning.fetch_all() == 4
    assert morning.calls == 2 * 105
    assert stored() == morning.record()


def test_in_the_night_after_the_first_sync_there_is_nothing_to_ask(morning, caplog):
    """The baseline is today's, and WeChat is not ready with yesterday."""
    morning.begin(-1)
    morning.clock.now = morning.clock.now.replace(hour=5)
    morning.fetch()
    assert (stored(), caplog.records) == (([], []), [])


def test_a_second_fetch_asks_nothing(morning):
    morning.fetch()
    before, calls = stored(), morning.calls
    morning.clock.forward(hours=3)
    morning.fetch()
    assert (stored(), morning.calls) == (before, calls)


def test_the_next_morning_asks_for_three_days(morning, sandbox):
    morning.fetch()
    sandbox.population.leave(20)
    morning.clock.forward(days=1)
    calls = morning.calls
    morning.fetch()
    assert morning.calls == calls + 2
    assert stored() == morning.record()
    assert days(is_final=False) == [morning.clock.yesterday - DAY, morning.clock.yesterday]


def test_days_that_were_missed_are_asked_for_later(morning):
    morning.fetch()
    morning.clock.forward(days=20)
    morning.fetch()
    assert stored() == morning.record()


def test_split_rows_are_added_up(morning, sandbox):
    sandbox.fault("statistics_rows_split")
    morning.fetch()
    assert stored() == morning.record()


def test_late_and_missing_rows_come_on_the_days_after(morning, sandbox):
    sandbox.fault("statistics_late")
    sandbox.fault("statistics_rows_missing", count=2)
    yesterday = morning.clock.yesterday
    morning.fetch()
    assert stored() != morning.record()
    assert WeChatDay.objects.get(day=yesterday).total is None
    assert not WeChatFigures.objects.filter(day=yesterday).exists()
    sandbox.clear()
    morning.clock.forward(days=1)
    morning.fetch()
    last_days = morning.record(first=yesterday - DAY)[0]
    assert [row for row in stored()[0] if row[0] >= yesterday - DAY] == last_days


def test_rows_that_wechat_takes_back_go(morning):
    rows = {"account": morning.account, "day": morning.clock.yesterday, "source": 999}
    WeChatFigures.objects.create(**rows, joined=5)
    morning.fetch()
    assert stored() == morning.record()


def test_nothing_on_an_old_day_is_quiet(morning, sandbox):
    sandbox.fault("statistics_rows_missing", rows=1000)
    morning.fetch()
    rows, totals = stored()
    assert rows == []
    assert {total for _day, total in totals} == {None}
    assert days(is_final=False) == [morning.clock.yesterday - DAY, morning.clock.yesterday]


def test_before_the_morning_yesterday_is_not_asked_for(morning):
    morning.clock.forward(hours=-6)
    morning.fetch()
    assert stored()[1][-1][0] == morning.clock.yesterday - DAY
    assert morning.account.wechat_figures_problem is None
    due_at = morning.account.wechat_figures_due_at.astimezone(BEIJING)
    assert due_at.date() == morning.clock.now.date()
    morning.clock.now = due_at
    morning.fetch()
    assert stored() == morning.record()


def test_wechat_has_no_figures_before_december_2014(morning, settings):
    settings.SYNC_TURN_SECONDS = 0
    OfficialAccount.objects.update(baseline_at=datetime(2013, 1, 1, tzinfo=BEIJING))
    WeChatDay.objects.bulk_create(
        WeChatDay(account=morning.account, day=day, asked_at=morning.clock.now, is_final=True)
        for day in DayRange(date(2014, 12, 3), morning.clock.yesterday)
    )
    morning.fetch()
    assert stored()[1][:3] == [(date(2014, 12, day), 0 if day < 3 else None) for day in (1, 2, 3)]
    assert morning.calls == 2


def test_another_account_is_left_alone(morning):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000000")
    day = morning.clock.yesterday
    figures = WeChatFigures.objects.create(account=other, day=day, source=1, joined=7)
    morning.fetch()
    figures.refresh_from_db()
    assert figures.joined == 7


# --- how much at once -----------------------------------------------------------------------------


def test_a_task_makes_few_calls_and_the_newest_first(morning, settings):
    settings.SYNC_TURN_SECONDS = 60
    morning.begin(299)
    morning.fetch()
    assert morning.calls == 2 * MAX_SPANS
    assert stored() == morning.record(first=morning.clock.yesterday - 209 * DAY)
    assert due_in(morning) == timedelta(minutes=1)
    assert morning.account.wechat_figures_problem is None


def test_a_task_is_short(morning, settings):
    settings.SYNC_TURN_SECONDS = 0
    morning.fetch()
    assert len(stored()[1]) == 7
    assert due_in(morning) == timedelta(minutes=1)
    morning.fetch()
    assert stored() == morning.record()
    assert next_morning(morning)


def test_a_task_that_was_killed_goes_on(morning, monkeypatch):
    morning.begin(30)
    real, asked = Client.user_cumulate, []

    def killed(client, first, last):
        asked.append(first)
        if len(asked) == 3:
            raise SystemExit
        return real(client, first, last)

    assert take_due() == [morning.account.pk]
    with monkeypatch.context() as patch:
        patch.setattr(Client, "user_cumulate", killed)
        with pytest.raises(SystemExit):
            morning.fetch()
    assert stored() == morning.record(first=morning.clock.yesterday - 13 * DAY)
    # The call whose answer was not stored counts, too.
    assert morning.recorded_calls == morning.calls == 5
    assert take_due() == []
    morning.clock.forward(minutes=30)
    assert morning.fetch_all() == 1
    assert stored() == morning.record()
    assert morning.calls == 5 + 2 * 3


def test_a_span_is_written_as_a_whole(morning, monkeypatch):
    monkeypatch.setattr(wechat_figures, "_figures", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        morning.fetch()
    assert stored() == ([], [])


def test_no_call_is_made_within_a_transaction(morning, monkeypatch):
    real, depths = Client._call, set()

    def call(client, *args):
        depths.add(len(connection.atomic_blocks))
        return real(client, *args)

    monkeypatch.setattr(Client, "_call", call)
    outside = len(connection.atomic_blocks)
    morning.fetch()
    assert depths == {outside}


# --- errors ---------------------------------------------------------------------------------------


def test_what_is_not_counted_yet_is_no_problem(morning, sandbox):
    sandbox.fault("61503")
    morning.fetch()
    assert morning.account.wechat_figures_problem is None
    assert due_in(morning) == timedelta(hours=1)
    assert morning.calls == morning.recorded_calls == 1
    sandbox.clear()
    morning.clock.forward(hours=1)
    assert morning.fetch_all() == 1
    assert stored() == morning.record()


def test_a_missing_permission_is_told_and_asked_about_once_a_day(morning, sandbox):
    sandbox.fault("48001", path=SUMMARY)
    morning.fetch()
    problem = morning.account.wechat_figures_problem
    with translation.override("en"):
        meaning = explain(problem["code"], problem["kind"], problem["params"]).meaning
    assert meaning == "This account may not use “Get WeChat's daily follower changes”."
    assert problem["at"] == morning.clock.now.isoformat()
    assert stored() == ([], [])
    assert next_morning(morning)
    assert morning.calls == morning.recorded_calls == 1


def test_a_refusal_before_the_morning_is_the_only_one_of_the_day(morning, sandbox):
    morning.clock.forward(hours=-6)
    sandbox.fault("48001", path=SUMMARY)
    morning.fetch()
    assert next_morning(morning)


def test_used_up_calls_wait_for_the_next_day(morning, sandbox):
    sandbox.fault("45009", path=CUMULATE)
    morning.fetch()
    assert morning.account.wechat_figures_problem["code"] == 45009
    assert next_morning(morning)


def test_a_temporary_error_is_tried_again_soon(morning, sandbox):
    sandbox.fault("-1", path=CUMULATE, after=1)
    morning.fetch()
    assert morning.account.wechat_figures_problem["code"] == -1
    assert due_in(morning) == timedelta(minutes=30)
    assert stored() == morning.record(first=morning.clock.yesterday - 6 * DAY)


def test_an_unreachable_wechat_is_tried_again_soon(morning, settings):
    settings.WECHAT_API_BASE_URL = "http://127.0.0.1:1"
    morning.fetch()
    assert morning.account.wechat_figures_problem["kind"] == "connection"
    assert due_in(morning) == timedelta(minutes=30)


def test_a_success_ends_the_problem(morning, sandbox):
    sandbox.fault("48001", count=1, path=SUMMARY)
    morning.fetch()
    morning.clock.forward(days=1)
    assert morning.fetch_all() == 1
    morning.account.refresh_from_db()
    assert morning.account.wechat_figures_problem is None
    assert stored() == morning.record()


def test_a_wrong_secret_is_told_without_it(morning, caplog):
    OfficialAccount.objects.update(app_secret="0123456789abcdef" * 2)
    with caplog.at_level(logging.DEBUG):
        morning.fetch()
    assert morning.account.wechat_figures_problem["code"] == 40125
    assert "0123456789abcdef" not in caplog.text + str(morning.account.wechat_figures_problem)
    assert "errcode 40125" in caplog.text
    assert morning.calls == 0


def test_a_token_that_all_processes_share(morning, sandbox):
    morning.fetch()
    morning.clock.forward(minutes=20)
    morning.begin(30)
    morning.fetch()
    assert sandbox.state["calls"]["/cgi-bin/stable_token"] == 1


# --- when -----------------------------------------------------------------------------------------


def set_due(at):
    OfficialAccount.objects.update(wechat_figures_due_at=at)


def test_an_account_is_handed_out_once_and_again_if_it_was_lost(morning):
    assert take_due() == [morning.account.pk]
    assert take_due() == []
    morning.clock.forward(minutes=29)
    assert take_due() == []
    morning.clock.forward(minutes=1)
    assert take_due() == [morning.account.pk]


def test_two_hosts_at_once(morning):
    """The other one comes between the look of this one and its claim."""
    other = []

    def before_claim(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not other:
            other.append("is under way")
            other[:] = [take_due()]
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before_claim):
        assert take_due() == []
    assert other == [[morning.account.pk]]


def test_without_secret_or_baseline_nothing_is_due(morning):
    OfficialAccount.objects.update(app_secret="")
    assert take_due() == []
    morning.fetch()
    OfficialAccount.objects.update(app_secret="x" * 32, baseline_at=None)
    assert take_due() == []
    morning.fetch()
    assert morning.sandbox.state["calls"] == {}


def test_an_account_that_is_gone(morning):
    wechat_figures.fetch(morning.account.pk + 1)


def test_a_time_that_no_right_clock_has_set_is_due(morning):
    tomorrow = datetime(2026, 3, 3, tzinfo=BEIJING)
    set_due(tomorrow.replace(hour=9))
    assert take_due() == []
    set_due(tomorrow.replace(hour=9, minute=1))
    assert take_due() == [morning.account.pk]


def test_an_answer_of_tomorrow_does_not_count(morning):
    morning.fetch()
    before = stored()
    WeChatDay.objects.update(asked_at=morning.clock.now + DAY, is_final=True, total=1)
    morning.fetch()
    assert stored() == before
    assert len(days(is_final=False)) == 2


def test_accounts_come_one_after_the_other_and_at_different_minutes(morning):
    clock = morning.clock
    for number in range(40):
        OfficialAccount.objects.create(
            name="x", app_id=f"wx{number:016}", app_secret="x", baseline_at=clock.now - DAY
        )
    accounts = OfficialAccount.objects.order_by("pk")
    assert [take_due() for _ in accounts] == [[account.pk] for account in accounts]
    assert take_due() == []
    times = {wechat_figures._next_morning(account, clock.now) for account in accounts}
    assert len(times) == len(accounts)
