"""Set or show when an account is synced by itself."""

from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import override

from ...models import OfficialAccount, SyncSchedule
from ...schedules.starting import never_reads_details, plan
from ...schedules.words import next_due, rhythm, skipped
from ...sync import syncs
from ..console import errors_in_words, get_account

Every = SyncSchedule.Every
MAX_HOURS = 168
STAGES = len(syncs.STAGES)


class Command(BaseCommand):
    help = (
        "Set when an account is synced by itself, and print when it is next due; without options "
        "show it. Times are those of TIME_ZONE. Exit status: 0, 2 bad usage or unknown APP_ID."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--daily", metavar="HH:MM", help="every day at this time")
        when.add_argument(
            "--weekly",
            nargs=2,
            metavar=("DAY", "HH:MM"),
            help="once a week: mon … sun, monday …, 周一 …, or 1 (Monday) to 7",
        )
        when.add_argument("--every", metavar="HOURS", help="every so many hours, 1 to 168")
        when.add_argument("--off", action="store_true", help="pause the schedule")
        parser.add_argument(
            "--only",
            nargs="+",
            choices=[str(name) for name in syncs.STAGES],
            metavar="STAGE",
            help=f"only these stages: {' '.join(syncs.STAGES)}",
        )

    @errors_in_words()
    def handle(self, *, app_id: str, **options: Any) -> None:
        account = get_account(app_id)
        values = _read(options)
        schedule = SyncSchedule.objects.filter(account=account).first()
        if values:
            schedule = _save(account, schedule, values)
        for line in _lines(schedule):
            self.stdout.write(line)


def _read(options: dict[str, Any]) -> dict[str, Any]:
    """The fields that the options set; raises CommandError with status 2."""
    values: dict[str, Any] = {}
    # All of them also means those that a later release may add.
    named = set(options["only"] or ())
    stages = [name for name in syncs.STAGES if name in named] if len(named) < STAGES else []
    if options["daily"] is not None:
        values = {"every": Every.DAY, "time": _time(options["daily"])}
    elif options["weekly"] is not None:
        day, at = options["weekly"]
        values = {"every": Every.WEEK, "weekday": _weekday(day), "time": _time(at)}
    elif options["every"] is not None:
        values = {"every": Every.HOURS, "hours": _hours(options["every"])}
    if values:
        # Setting a time resumes, and sets all stages unless some are named.
        return values | {"paused": False, "stages": stages}
    if options["only"]:
        values["stages"] = stages
    if options["off"]:
        values["paused"] = True
    return values


def _save(
    account: OfficialAccount, schedule: SyncSchedule | None, values: dict[str, Any]
) -> SyncSchedule:
    if schedule is None:
        if "every" not in values and not values.get("paused"):
            text = _("Say when: --daily, --weekly or --every. There is no schedule yet.")
            raise CommandError(text, returncode=2)
        schedule = SyncSchedule(account=account, time=time(3))
    for name, value in values.items():
        setattr(schedule, name, value)
    plan(schedule)
    return schedule


def _lines(schedule: SyncSchedule | None) -> list[str]:
    if schedule is None:
        return [_("There is no schedule: the account is synced when somebody asks for it.")]
    lines = [rhythm(schedule)]
    if schedule.stages:
        lines.append(_("Only: %(stages)s") % {"stages": " ".join(schedule.stages)})
    lines.append(_("Next sync: %(time)s") % {"time": next_due(schedule)})
    if never_reads_details(schedule):
        text = _("Details are never read at that time: their hours are %(begin)s to %(end)s.")
        hours = {"begin": schedule.details_from, "end": schedule.details_until}
        lines.append(text % {name: f"{at:%H:%M}" for name, at in hours.items()})
    return lines + [text for text in (" ".join(skipped(schedule)).strip(),) if text]


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise _bad(_("“%(value)s” is no time. Write it like 03:00."), text) from None


def _hours(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_HOURS:
        return int(text)
    raise _bad(_("“%(value)s” is no number of hours from 1 to 168."), text)


def _weekday(text: str) -> int:
    """0 for Monday."""
    names: dict[str, int] = {str(number + 1): number for number in range(7)}
    for language in ("en", "zh-hans"):
        with override(language):
            for days in (WEEKDAYS, WEEKDAYS_ABBR):
                names |= {str(name).lower(): number for number, name in days.items()}
    names |= {f"周{sign}": number for number, sign in enumerate("一二三四五六日")} | {"周天": 6}
    if (number := names.get(text.strip().lower())) is None:
        raise _bad(_("“%(value)s” is no weekday. Write mon, tue, … or 1 for Monday."), text)
    return number


def _bad(text: str, value: str) -> CommandError:
    return CommandError(text % {"value": value}, returncode=2)
