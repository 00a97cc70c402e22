"""Write the figures of an account to standard output: by day, by source or by channel."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ... import audit
from ...files.columns import CHANNEL_FIGURE_COLUMNS, DAY_COLUMNS, SOURCE_COLUMNS, Column
from ...files.csv_writer import CsvWriter
from ...models import OfficialAccount
from ...segments.days import parse_day
from ...statistics import days, figures
from ..console import errors_in_words, get_account
from ..output import write_text

Rows = Sequence[figures.DayRow | figures.SourceRow | figures.ChannelRow]
Table = tuple[tuple[Column, ...], Callable[[OfficialAccount, days.DayRange], Rows]]

TABLES: dict[str, Table] = {
    "day": (DAY_COLUMNS, lambda account, period: figures.by_day([account], period)),
    "source": (SOURCE_COLUMNS, lambda account, period: figures.by_source([account], period)),
    "channel": (CHANNEL_FIGURE_COLUMNS, figures.by_channel),
}


class Command(BaseCommand):
    help = (
        "Write how many followers joined and left an Official Account to standard output as CSV "
        "(UTF-8), by default of each day from the one after its first complete list to today."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--from", dest="first", metavar="DATE", help="as 2024-10-31, included")
        parser.add_argument("--to", dest="last", metavar="DATE", help="as 2024-10-31, included")
        parser.add_argument("--by", choices=TABLES, default="day")
        parser.add_argument(
            "--json", action="store_true", help="one array of objects instead of CSV"
        )

    @errors_in_words()
    def handle(
        self, *, app_id: str, first: str | None, last: str | None, by: str, **options: Any
    ) -> None:
        account = get_account(app_id)
        asked = (_parse_day("--from", first), _parse_day("--to", last))
        self._count_if_needed(account)
        columns, read = TABLES[by]
        period = self._period(account, *asked)
        rows = read(account, period) if period else []
        audit.record_figures(by, [account], (period.first, period.last) if period else None)
        write_text(self.stdout, [_json(rows) if options["json"] else _csv(columns, rows)])

    def _count_if_needed(self, account: OfficialAccount) -> None:
        zone_before = account.statistics_zone
        if not days.count_if_needed(account):
            return
        text = _("The figures were counted, in days of the time zone %(zone)s.")
        if zone_before:
            text = _("The figures were counted anew, in days of the new time zone %(zone)s.")
        self.stderr.write(text % {"zone": account.statistics_zone})

    def _period(
        self, account: OfficialAccount, first: date | None, last: date | None
    ) -> days.DayRange | None:
        """None where there are no figures, which is told. Raises CommandError for bad usage."""
        end = min(last or date.max, days.today())
        if first and first > end and account.baseline_at:
            text = _("The first day, %(first)s, lies after the last, %(last)s.")
            raise CommandError(text % {"first": first, "last": end}, returncode=2)
        period = days.days_with_figures(account, first, last)
        if period is None:
            self.stderr.write(_why_none(account))
        return period


def _parse_day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        # An empty one is none: a script's variable that was not set must not mean another period.
        if day := parse_day(text):
            return day
    except ValueError:
        pass
    message = _("%(option)s: “%(value)s” is not a date. Write it like 2024-10-31.")
    raise CommandError(message % {"option": option, "value": text}, returncode=2)


def _why_none(account: OfficialAccount) -> str:
    baseline_day = days.first_day(account)
    if baseline_day is None:
        text = _(
            "There are no figures yet: they begin with the first complete list of followers. Sync "
            "the account first: manage.py sync_followers %(app_id)s"
        )
        return text % {"app_id": account.app_id}
    text = _(
        "There are no figures of these days: the first complete list of followers is of %(day)s, "
        "and the first whole day is the one after it."
    )
    return text % {"day": baseline_day}


def _csv(columns: tuple[Column, ...], rows: Rows) -> str:
    writer = CsvWriter(columns)
    writer.write(rows)
    return writer.take()


def _json(rows: Rows) -> str:
    # Dates are written as ISO writes them.
    return f"{json.dumps([row._asdict() for row in rows], default=str)}\n"
