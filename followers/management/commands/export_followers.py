"""Write the followers of one account to standard output."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...export import Export, export
from ...models import Follower
from ..speaking import in_words, the_account

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

    @in_words()
    def handle(
        self, *, app_id: str, status: str, notes: bool, channels: bool, **options: Any
    ) -> None:
        account = the_account(app_id)
        followers = Follower.objects.filter(account=account)
        if status != "all":
            followers = followers.filter(subscribed=status == "subscribed")
        filters = {"params": STATUSES[status], "selected": None}
        self._write(
            export(followers, account=account, filters=filters, notes=notes, channels=channels)
        )

    def _write(self, lines: Export) -> None:
        # The file is UTF-8 whatever the terminal speaks.
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        try:
            for text in lines:
                self.stdout.write(text, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # `… | head` has seen enough.
            _write_nowhere()
        except OSError:
            _write_nowhere()
            raise
        finally:
            lines.close()


def _write_nowhere() -> None:
    """What is still buffered would be tried, and complained about, while the interpreter exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
