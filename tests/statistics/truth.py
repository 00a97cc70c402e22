"""What is read of told accounts equals the definitions, applied to one row after the other."""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain

from django.core.management import call_command

from followers.models import OfficialAccount
from followers.statistics import figures
from followers.statistics.comparison import compare, days_to_compare
from followers.statistics.days import DayRange
from followers.statistics.hours import hours_of_week
from followers.statistics.periods import By, put_together
from followers.statistics.retention import Stayed, retention, retention_by_channel
from tests.history.definitions import DAY, Definitions, Together, cut
from tests.history.told_world import DAYS, FIRST_DAY

LAST_DAY = FIRST_DAY + DAYS * DAY
ALL = DayRange(FIRST_DAY, LAST_DAY)
OWN = DayRange(FIRST_DAY + 45 * DAY, FIRST_DAY + 120 * DAY)
Numbers = tuple[int, int, int, int | None]


class Told:
    """Accounts, each of them alone and all together."""

    def __init__(self, accounts: Sequence[OfficialAccount], now) -> None:
        self.accounts = list(accounts)
        each = [Definitions(it, now) for it in accounts]
        self.groups: list[tuple[list[OfficialAccount], Together]] = [
            *(([it.account], Together([it])) for it in each),
            (self.accounts, Together(each)),
        ]

    def __iter__(self) -> Iterator[tuple[list[OfficialAccount], Together, DayRange]]:
        """Accounts, their truth, and days."""
        return ((*group, days) for group in self.groups for days in (ALL, OWN))


def check_days(told: Told) -> None:
    for accounts, truth, days in told:
        rows = figures.by_day(accounts, days)
        assert [row.date for row in rows] == list(days)
        for row in rows:
            assert row[1:] == truth.numbers(row.date, row.date), row
        for by in By:
            expected = cut(days.first, days.last, by)
            periods = put_together(rows, by)
            assert [(it.days.first, it.days.last) for it in periods] == expected
            for it in periods:
                assert it[1:] == truth.numbers(it.days.first, it.days.last), it


def check_sources_and_channels(told: Told) -> None:
    for accounts, truth, days in told:
        sources = figures.by_source(accounts, days)
        assert {row.source: row[1:] for row in sources} == truth.by_source(days.first, days.last)
        found = {
            (pk, row.scene): (row.joined, row.left, row.staying)
            for pk, row in figures.channels(accounts, days)
        }
        assert found == truth.by_channel(days.first, days.last)


def check_retention(told: Told) -> None:
    for accounts, truth, days in told:
        for by in (By.WEEK, By.MONTH):
            cohorts = retention(accounts, days, by)
            assert [(it.days.first, it.days.last) for it in cohorts] == cut(
                days.first, days.last, by
            )
            for it in cohorts:
                began = truth.joined(it.days.first, it.days.last)
                assert (it.joined, counts(it.after)) == (len(began), truth.stayed(began)), it
        began = truth.joined(days.first, days.last)
        owner = {it.account.pk: {span.person for span in it.spans} for it in truth.each}
        found = retention_by_channel(accounts, days)
        assert sum(it.joined for it in found) == sum(bool(span.scene) for span in began)
        for channel in found:
            mine = [it for it in began if it.scene == channel.scene]
            mine = [it for it in mine if it.person in owner[channel.account_id]]
            assert (channel.joined, counts(channel.after)) == (len(mine), truth.stayed(mine))


def counts(after: dict[int, Stayed]) -> dict[int, tuple[int, int]]:
    return {days: (it.joined, it.stayed) for days, it in after.items()}


def check_hours(told: Told) -> None:
    for accounts, truth, days in told:
        found = hours_of_week(accounts, days)
        assert found == truth.hours(days.first, days.last)
        assert 0 < sum(chain(*found)) < len(truth.joined(days.first, days.last))


def check_comparison(told: Told) -> None:
    """Of yesterday, whose days before are all known."""
    yesterday = LAST_DAY - DAY
    for accounts, truth in told.groups:
        rows = figures.by_day(accounts, days_to_compare(yesterday))
        found = compare(rows, yesterday, set(days_to_compare(yesterday)))
        for place, name in enumerate(("joined", "left", "net", "total")):
            it = found[name]
            assert it.value == on(truth, yesterday)[place]
            assert it.day_before == on(truth, yesterday - DAY)[place]
            assert it.week_before == on(truth, yesterday - 7 * DAY)[place]
            before = [on(truth, yesterday - back * DAY)[place] for back in range(30, 0, -1)]
            expected = before[0] if name == "total" else sum(map(int, before)) / 30
            assert it.average == expected


def on(truth: Together, day: date) -> Numbers:
    return truth.numbers(day, day)


def check_exports(told: Told) -> None:
    for [account, *others], truth, days in told:
        if others:
            continue
        first = max(days.first, truth.each[0].first)
        rows = exported(account, days, "day")
        assert [row["date"] for row in rows] == [str(day) for day in DayRange(first, days.last)]
        for row in rows:
            joined, left, net, total = on(truth, date.fromisoformat(row["date"]))
            assert row | {"joined": joined, "left": left, "net": net, "total": total} == row
        sources = {
            row["source"]: (row["joined"], row["left"], row["net"])
            for row in exported(account, days, "source")
        }
        assert sources == truth.by_source(days.first, days.last)
        channels = {
            (account.pk, row["scene"]): (row["joined"], row["left"], row["staying"])
            for row in exported(account, days, "channel")
        }
        assert channels == truth.by_channel(days.first, days.last)


def exported(account: OfficialAccount, days: DayRange, by: str) -> list[dict]:
    out = io.StringIO()
    period = (f"--from={days.first}", f"--to={days.last}")
    call_command("export_statistics", account.app_id, *period, f"--by={by}", "--json", stdout=out)
    return json.loads(out.getvalue())


CHECKS = (
    check_days,
    check_sources_and_channels,
    check_retention,
    check_hours,
    check_comparison,
    check_exports,
)
