"""Write the followers of one account to standard output, or to a workbook."""

from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ...export import export, export_workbook
from ...files.xlsx_writer import MAX_ROWS
from ...models import OfficialAccount, Segment
from ...segments.choices import ALL, FOLLOWING, LEFT
from ...segments.filter import SEGMENT, STATUS
from ...segments.query import FollowerQuery
from ...segments.saved import Shelf, parse_query
from ..console import errors_in_words, get_account
from ..output import write_text

STATUSES = {"subscribed": FOLLOWING, "unsubscribed": LEFT, "all": ALL}


class Command(BaseCommand):
    help = "Write the followers of an Official Account to standard output as CSV (UTF-8)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--status", choices=STATUSES, default="subscribed")
        parser.add_argument(
            "--segment",
            metavar="NAME",
            help="whoever is in this segment of the account, instead of --status",
        )
        parser.add_argument(
            "--query",
            metavar="PARAMETERS",
            help="whom the follower list shows with these parameters in its address, instead of"
            " --status; without a status of their own, those who follow; with --segment, those of"
            " the segment that match",
        )
        parser.add_argument(
            "--xlsx", metavar="FILE", help="write an Excel workbook to this file instead"
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
        segment: str | None,
        query: str | None,
        xlsx: str | None,
        **options: Any,
    ) -> None:
        account = get_account(app_id)
        params: dict[str, list[str]] = {STATUS: [STATUSES[status]]}
        if query is not None or segment is not None:
            params = _parameters(account, segment, query or "")
        allowed = Shelf(Segment.objects.filter(account=account))
        everywhere = list(OfficialAccount.objects.values_list("pk", flat=True))
        asked = FollowerQuery(
            params, {account.pk: account.name}, my_accounts=everywhere, segments=allowed
        )
        if asked.problems:
            raise CommandError("\n".join(asked.problems), returncode=2)
        columns = {name: options[name] for name in ("notes", "channels")}
        columns["filters"] = {**asked.as_log_entry(), "selected": None}
        if xlsx is not None:
            return _write_workbook(Path(xlsx), asked, account=account, **columns)
        with closing(export(asked.followers(), account=account, **columns)) as lines:
            write_text(self.stdout, lines)
        return None


def _parameters(account: OfficialAccount, segment: str | None, query: str) -> dict[str, list[str]]:
    """The query's and the segment's. Raises CommandError with status 2 for an unknown segment."""
    params = parse_query(query)
    if segment is None:
        return params
    # One that is no UTF-8 reaches Python as something that no database takes.
    name = segment.encode(errors="replace").decode()
    found = Segment.objects.filter(account=account, name=name).first()
    if found is None:
        text = _("The account has no segment “%(name)s”.") % {"name": name}
        raise CommandError(text, returncode=2)
    return {**params, SEGMENT: [*params.get(SEGMENT, ()), str(found.pk)]}


def _write_workbook(file: Path, asked: FollowerQuery, **columns: Any) -> None:
    followers = asked.followers()
    if followers.order_by()[: MAX_ROWS + 1].count() > MAX_ROWS:
        text = _("A workbook holds %(count)s rows; these are more. Export them as CSV.")
        raise CommandError(text % {"count": f"{MAX_ROWS:,}"}, returncode=2)
    # Opened first: what cannot be written is not exported.
    try:
        target = file.open("wb")
    except OSError as error:
        text = _("The file %(file)s cannot be written: %(why)s")
        raise CommandError(text % {"file": file, "why": error.strerror}, returncode=2) from None
    with target:
        target.write(export_workbook(followers, **columns))
