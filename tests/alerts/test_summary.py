"""The daily summary: at each target's own time, of yesterday, once."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from followers.alerts import summary
from followers.alerts.summary import open_summaries, summary_text
from followers.models import (
    AlertDelivery,
    AlertTarget,
    Channel,
    DailyFigures,
    OfficialAccount,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@pytest.fixture
def at(monkeypatch):
    """at(27, 9): the database's clock shows nine o'clock of the 27th."""

    def at(day, hour, minute=0):
        moment = datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)
        monkeypatch.setattr(summary, "db_now", lambda: moment)

    return at


@pytest.fixture
def counted(account):
    OfficialAccount.objects.update(
        baseline_at=datetime(2026, 11, 1, tzinfo=SHANGHAI),
        listed_at=datetime(2026, 11, 27, 3, tzinfo=SHANGHAI),
        statistics_zone="Asia/Shanghai",
        following=1_000,
    )
    account.refresh_from_db()
    return account


@pytest.fixture
def target(make_target):
    made = make_target("http://127.0.0.1/hook", summary_at=time(9))
    AlertTarget.objects.update(created_at=datetime(2026, 11, 1, tzinfo=SHANGHAI))
    return made


def days():
    rows = AlertDelivery.objects.order_by("pk")
    return [(row.alert.occurrence, row.target.name) for row in rows]


def test_it_comes_once_a_day_at_its_time(counted, target, at):
    at(27, 8, 59)
    open_summaries()
    assert days() == []
    at(27, 9)
    open_summaries()
    at(27, 23, 59)
    open_summaries()
    assert days() == [("2026-11-26", "Ops")]
    at(28, 9)
    open_summaries()
    assert days() == [("2026-11-26", "Ops"), ("2026-11-27", "Ops")]


def test_of_a_week_away_the_last_day_is_told(counted, target, at):
    at(20, 9)
    open_summaries()
    at(27, 15)
    open_summaries()
    assert days() == [("2026-11-19", "Ops"), ("2026-11-26", "Ops")]


def test_each_target_has_a_time_of_its_own(counted, target, make_target, at):
    make_target("http://127.0.0.1/hook", name="Late", summary_at=time(18))
    make_target("http://127.0.0.1/hook", name="None", kinds=["sync_failed"])
    AlertTarget.objects.update(created_at=datetime(2026, 11, 1, tzinfo=SHANGHAI))
    at(27, 9)
    open_summaries()
    at(27, 18)
    open_summaries()
    assert days() == [("2026-11-26", "Ops"), ("2026-11-26", "Late")]


def test_a_target_of_this_afternoon_begins_tomorrow(counted, target, at):
    AlertTarget.objects.update(created_at=datetime(2026, 11, 27, 14, tzinfo=SHANGHAI))
    at(27, 15)
    open_summaries()
    assert days() == []
    at(28, 9)
    open_summaries()
    assert len(days()) == 1


def test_a_day_that_was_not_whole_is_not_told(counted, target, at):
    OfficialAccount.objects.update(baseline_at=datetime(2026, 11, 26, 0, 1, tzinfo=SHANGHAI))
    at(27, 9)
    open_summaries()
    assert days() == []
    at(28, 9)
    open_summaries()
    assert days() == [("2026-11-27", "Ops")]


def figures(account, day, scene="", **counts):
    DailyFigures.objects.create(account=account, day=day, source="", scene=scene, **counts)


def test_what_it_says(counted, make_run):
    Channel.objects.create(account=counted, scene="7", name="门店海报")
    figures(counted, "2026-11-26", "7", joined=12, left=1)
    figures(counted, "2026-11-26", "8", joined=3)
    figures(counted, "2026-11-26", left=5)
    figures(counted, "2026-11-27", joined=100)
    make_run("failed", reason="loop")
    text = summary_text(counted, "2026-11-26").splitlines()
    assert text[0] == "2026-11-26：新增人数 15，取消关注人数 6，净增人数 +9，累积人数 900。"
    assert text[1] == "带来最多粉丝的渠道：门店海报 12，8 3。"
    assert text[2].startswith("数据截至 2026-11-27 03:00")
    assert "待处理：" in text
    assert len([line for line in text if line.startswith("· ")]) == 2, "no worker, failed"


def test_a_quiet_day(counted):
    assert summary_text(counted, "2026-11-26").startswith(
        "2026-11-26：新增人数 0，取消关注人数 0，净增人数 +0"
    )


def test_a_day_that_was_not_synced_is_no_day_of_zeros(counted):
    """The last list is of the night of the 27th."""
    with override("en"):
        assert "2026-11-26: 0 joined, 0 left" in summary_text(counted, "2026-11-26")
        assert "no figures of 2026-11-28" in summary_text(counted, "2026-11-28")
        assert "no figures of 2026-10-31" in summary_text(counted, "2026-10-31")
