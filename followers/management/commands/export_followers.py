"""Write the followers of one account to standard output."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from followers.export import Export, export
from followers.models import Follower, OfficialAccount

STATUSES = {
    "subscribed": {"subscribed__exact": ["1"]},
    "unsubscribed": {"subscribed__exact": ["0"]},
    "all": {},
}


class Command(BaseCommand):
    help = "Write the followers of an Official Account to standard output as CSV (UTF-8)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--status", choices=STATUSES, default="subscribed")
        parser.add_argument("--notes", action="store_true", help="add the internal notes")
        parser.add_argument(
            "--channels", action="store_true", help="add the names and groups of the channels"
        )

    def handle(
        self, *, app_id: str, status: str, notes: bool, channels: bool, **options: Any
    ) -> None:
        account = OfficialAccount.objects.filter(app_id=app_id).first()
        if account is None:
            raise CommandError(
                _("There is no account with the AppID %(app_id)s.") % {"app_id": app_id},
                returncode=2,
            )
        followers = Follower.objects.filter(account=account)
        if status != "all":
            followers = followers.filter(subscribed=status == "subscribed")
        filters = {"params": STATUSES[status], "selected": None}
        lines = export(followers, account=account, filters=filters, notes=notes, channels=channels)
        self._write(lines)

    def _write(self, lines: Export) -> None:
        # The file is UTF-8 whatever the terminal speaks.
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        try:
            for text in lines:
                self.stdout.write(text, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # `… | head` has seen enough; the interpreter would complain once more while it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            lines.close()
