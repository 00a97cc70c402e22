"""Count the daily figures of accounts again, and say what differed."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from ...accounts.access import OPERATOR, accounts_of
from ...history.recount import Recount, check, recount
from ..console import errors_in_words, get_account
from ..output import write_text

# 1 is that of errors.
DIFFERS = 3


class Command(BaseCommand):
    help = (
        "Count the daily figures and the followers of accounts again, correct what differs and say "
        "what it was. Exit status: 0, or with --check 3 if something differs; 2 unknown APP_ID."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "app_ids", metavar="APP_ID", nargs="*", help="without any, all accounts"
        )
        parser.add_argument(
            "--check", action="store_true", help="change nothing, and exit with 3 on a difference"
        )

    @errors_in_words()
    def handle(self, *, app_ids: list[str], **options: Any) -> None:
        only_check: bool = options["check"]
        # Before anything is counted: an unknown one is bad usage.
        accounts = [get_account(it) for it in app_ids] or list(accounts_of(OPERATOR))
        differs, unwritten = False, None
        for account in accounts:
            found = (check if only_check else recount)(account.pk)
            head = f"{account.app_id} {account.name}: "
            lines = [f"{head}{line}\n" for line in _lines(found, only_check=only_check)]
            # An output that takes no more must not keep the next account from being corrected.
            try:
                write_text(self.stdout, lines)
            except OSError as error:
                unwritten = error
            differs |= bool(found and (found.was_new or found.days or found.following))
        if unwritten:
            raise unwritten
        if differs and only_check:
            raise SystemExit(DIFFERS)


def _lines(found: Recount | None, *, only_check: bool) -> Iterator[str]:
    if found is None:
        yield _("There is nothing to count before the first complete list of followers.")
        return
    if found.was_new:
        text = _("Counted in days of the time zone %(zone)s.")
        if only_check:
            text = _("Not counted yet in days of the time zone %(zone)s.")
        yield text % {"zone": settings.TIME_ZONE}
    elif found.days:
        yield _("Rows of daily figures that differed: %(count)s") % {"count": f"{found.days:,}"}
    if found.following:
        kept, counted = (f"{number:,}" for number in found.following)
        text = _("Followers kept: %(kept)s, counted: %(counted)s")
        yield text % {"kept": kept, "counted": counted}
    if not (found.was_new or found.days or found.following):
        yield _("Everything agreed.")
