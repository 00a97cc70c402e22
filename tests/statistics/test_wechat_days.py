"""WeChat's own figures as pages read them, beside ours."""

from datetime import UTC, date, datetime

import pytest
from django.utils.module_loading import import_string

from followers.management import supervisor
from followers.models import OfficialAccount, WeChatDay, WeChatFigures
from followers.statistics.days import DayRange
from followers.statistics.figures import DayRow
from followers.statistics.wechat_days import (
    DayDifference,
    WeChatDayRow,
    WeChatSourceRow,
    differences,
    is_comparable,
    wechat_by_source,
    wechat_days,
)
from tests.sync.driver import drive
from tests.sync.truth import start

from .wechat import DAY

FIRST, SECOND, THIRD = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
DAYS = DayRange(FIRST, THIRD)
NOW = datetime(2026, 3, 4, tzinfo=UTC)


def asked(account, day, total=None, *, is_final=False):
    WeChatDay.objects.create(account=account, day=day, total=total, asked_at=NOW, is_final=is_final)


def counted(account, day, source, joined, left):
    WeChatFigures.objects.create(account=account, day=day, source=source, joined=joined, left=left)


# --- by day ---------------------------------------------------------------------------------------


def test_days_that_were_not_asked_for_are_not_zero(account):
    assert wechat_days(account, DAYS) == [WeChatDayRow(day, None, None, None) for day in DAYS]


def test_sources_are_added_up(account):
    asked(account, SECOND, 90)
    counted(account, SECOND, 0, 3, 1)
    counted(account, SECOND, 30, 4, 2)
    assert wechat_days(account, DAYS)[1] == (SECOND, 7, 3, 90)


@pytest.mark.parametrize(
    ("total", "is_final", "row"),
    [
        (90, False, (0, 0, 90)),
        (90, True, (0, 0, 90)),
        (None, True, (0, 0, None)),
        (None, False, (None, None, None)),
    ],
)
def test_a_day_without_rows_is_quiet_unless_it_is_not_counted_yet(account, total, is_final, row):
    asked(account, SECOND, total, is_final=is_final)
    assert wechat_days(account, DAYS)[1] == (SECOND, *row)


def test_by_source_the_one_that_brought_most_first(account):
    counted(account, FIRST, 1, 2, 0)
    counted(account, THIRD, 1, 2, 1)
    counted(account, SECOND, 30, 5, 0)
    counted(account, SECOND, 999, 0, 4)
    counted(account, SECOND, 17, 0, 0)
    counted(account, THIRD + DAY, 30, 50, 0)
    assert wechat_by_source(account, DAYS) == [
        WeChatSourceRow(30, 5, 0),
        WeChatSourceRow(1, 4, 1),
        WeChatSourceRow(999, 0, 4),
    ]


def test_another_account_s_figures_are_not_read(account):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000000")
    asked(other, SECOND, 90, is_final=True)
    counted(other, SECOND, 1, 2, 3)
    assert wechat_days(account, DAYS)[1].joined is None
    assert wechat_by_source(account, DAYS) == []


# --- beside ours ----------------------------------------------------------------------------------


def test_differences_are_ours_minus_theirs():
    ours = [DayRow(FIRST, 5, 2, 3, 100), DayRow(SECOND, 1, 1, 0, None)]
    theirs = [WeChatDayRow(FIRST, 6, 2, 99), WeChatDayRow(SECOND, None, None, None)]
    assert differences(ours, theirs) == [
        DayDifference(FIRST, ours[0], theirs[0], -1, 0, 1),
        DayDifference(SECOND, ours[1], theirs[1], None, None, None),
    ]


def test_days_that_one_of_them_lacks():
    ours, theirs = [DayRow(SECOND, 5, 2, 3, 100)], [WeChatDayRow(FIRST, 6, 2, 99)]
    assert differences(ours, theirs) == [
        DayDifference(FIRST, None, theirs[0], None, None, None),
        DayDifference(SECOND, ours[0], None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "is_same"),
    [
        ("Asia/Shanghai", SECOND, True),
        ("Asia/Singapore", SECOND, True),
        ("UTC", SECOND, False),
        ("Asia/Tokyo", SECOND, False),
        # Its last summer time began on that Saturday of March 2016 at two o'clock.
        ("Asia/Ulaanbaatar", date(2016, 3, 25), True),
        ("Asia/Ulaanbaatar", date(2016, 3, 26), False),
        ("Asia/Ulaanbaatar", date(2016, 7, 1), False),
    ],
)
def test_our_days_are_comparable_where_they_are_those_of_beijing(account, zone, day, is_same):
    account.baseline_at = datetime(2015, 1, 1, tzinfo=UTC)
    account.statistics_zone = zone
    assert is_comparable(account, day) is is_same


def test_without_figures_the_days_will_be_those_of_the_setting(account, settings):
    account.baseline_at = datetime(2015, 1, 1, tzinfo=UTC)
    assert is_comparable(account, SECOND)
    settings.TIME_ZONE = "Europe/Berlin"
    assert not is_comparable(account, SECOND)


def test_the_baseline_s_day_is_not_comparable(account):
    assert not is_comparable(account, SECOND)
    # In Shanghai, the second of March.
    account.baseline_at = datetime(2026, 3, 1, 17, tzinfo=UTC)
    assert [is_comparable(account, day) for day in DAYS] == [False, False, True]


# --- all of it ------------------------------------------------------------------------------------


def test_from_the_first_sync_to_the_page(morning, sandbox, queue, monkeypatch):
    """The supervisor's duty, its task, and the real client of a real sync, over HTTP."""
    OfficialAccount.objects.update(baseline_at=None)
    sent = []
    monkeypatch.setattr(supervisor, "async_task", lambda *task: sent.append(task))
    supervisor.enqueue_due_wechat_figures()
    assert sent == []
    run = drive(start(morning.account))
    assert run.status == "succeeded"
    morning.account.refresh_from_db()
    assert morning.first == morning.clock.now.date()
    sandbox.population.leave(30)
    morning.clock.forward(days=1)
    supervisor.enqueue_due_wechat_figures()
    supervisor.enqueue_due_wechat_figures()
    assert sent == [(supervisor.WECHAT_FIGURES_TASK, morning.account.pk)]
    import_string(sent[0][0])(*sent[0][1:])
    [row] = wechat_days(morning.account, DayRange(morning.first, morning.clock.yesterday))
    assert (row.left, row.total) == (30, len(sandbox.followers()))
