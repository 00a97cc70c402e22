"""Write the followers of one account to standard output."""

from contextlib import closing
from typing import Any
from urllib.parse import parse_qs

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...export import export
from ...models import OfficialAccount
from ...segments.choices import ALL, FOLLOWING, LEFT
from ...segments.filter import STATUS
from ...segments.query import FollowerQuery
from ..console import errors_in_words, get_account
from ..output import write_text

STATUSES = {"subscribed": FOLLOWING, "unsubscribed": LEFT, "all": ALL}


class Command(BaseCommand):
    help = "Write the followers of an Official Account to standard output as CSV (UTF-8)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--status", choices=STATUSES, default="subscribed")
        parser.add_argument(
            "--query",
            metavar="PARAMETERS",
            help="whom the follower list shows with these parameters in its address, instead of"
            " --status; without a status of their own, those who follow",
        )
        parser.add_argument("--notes", action="store_true", help="add the internal notes")
        parser.add_argument(
            "--channels", action="store_true", help="add the names and groups of the channels"
        )

    @errors_in_words()
    def handle(
        self,
        *,
        app_id: str,
        status: str,
        query: str | None,
        notes: bool,
        channels: bool,
        **options: Any,
    ) -> None:
        account = get_account(app_id)
        params = {} if query is None else parse_qs(query.removeprefix("?"), keep_blank_values=True)
        if query is None:
            params[STATUS] = [STATUSES[status]]
        everywhere = OfficialAccount.objects.values_list("pk", flat=True)
        asked = FollowerQuery(params, {account.pk: account.name}, my_accounts=list(everywhere))
        if asked.problems:
            raise CommandError("\n".join(asked.problems), returncode=2)
        filters = {**asked.as_log_entry(), "selected": None}
        lines = export(
            asked.followers(), account=account, filters=filters, notes=notes, channels=channels
        )
        with closing(lines):
            write_text(self.stdout, lines)
