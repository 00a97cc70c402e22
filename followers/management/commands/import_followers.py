"""Change remarks, tags and notes of followers as a file says."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from tqdm import tqdm

from ...edits import sending
from ...imports.beginning import begin, fingerprint, unfinished
from ...imports.comparing import Comparison
from ...imports.reading import read
from ...models import EditChunk, EditRun, EditStep, OfficialAccount, Run
from ...sync.lease import lock_account
from ...sync.messages import describe
from ...tables import FileError, Problem
from ..speaking import in_words, progress_bar, the_account

POLL_SECONDS = 0.5
GOOD, NOTHING, PARTLY = 0, 1, 3
SHOWN = 100
MOVING = (Run.Status.QUEUED, Run.Status.RUNNING)


class Command(BaseCommand):
    help = (
        "Say what a CSV or XLSX file with the columns openid and remark, tags, note would change; "
        "with --apply, change it. Exit status: 0 all lines are good, 1 nothing could be done, "
        "2 bad usage, 3 some lines were left out or failed, or WeChat's limits make it wait."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--replace-tags",
            action="store_true",
            help="take tags away that a line does not name; an empty cell takes none away",
        )
        parser.add_argument(
            "--apply", action="store_true", help="send the changes instead of only counting them"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        with in_words():
            code = self._handle(**options)
        if code:
            raise SystemExit(code)

    def _handle(self, app_id: str, file: Path, **options: Any) -> int:
        account = the_account(app_id)
        try:
            data = file.open("rb")
        except OSError as error:
            text = _("The file %(name)s cannot be opened: %(error)s")
            facts = {"name": file, "error": error.strerror or error}
            raise CommandError(text % facts, returncode=2) from None
        with data:
            try:
                return self._import(account, data, file.name, **options)
            except FileError as problem:
                raise CommandError(str(problem), returncode=NOTHING) from None

    def _import(self, account: OfficialAccount, file: BinaryIO, name: str, **options: Any) -> int:
        mark = fingerprint(file, replace_tags=options["replace_tags"])
        # What was interrupted comes first: what it has changed need not be changed again.
        run = _finish(account, unfinished(account, mark)) if options["apply"] else None
        found = Comparison(
            account,
            replace_tags=options["replace_tags"],
            seen_by=OfficialAccount.objects.values_list("pk", flat=True),
        )
        self._tell(found, found.problems(read(file).lines()))
        if options["apply"]:
            run = self._apply(found, name, mark) or run
        return self._report(found, run, as_json=options["json"])

    def _tell(self, found: Comparison, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if found.bad <= SHOWN:
                text = _("Line %(number)s: %(text)s")
                self.stderr.write(text % {"number": problem.number, "text": problem.text})
        if found.bad > SHOWN:
            text = _("… and %(count)s lines more that are left out.")
            self.stderr.write(text % {"count": f"{found.bad - SHOWN:,}"})

    def _apply(self, found: Comparison, name: str, mark: str) -> EditRun | None:
        with transaction.atomic():
            # Two commands at once with the same file: the second one joins the first.
            lock_account(found.account.pk)
            run = unfinished(found.account, mark) or begin(
                found, name=name, mark=mark, user=None, enqueue=False
            )
        return _finish(found.account, run)

    def _report(self, found: Comparison, run: EditRun | None, *, as_json: bool) -> int:
        line = {
            "edit_run": run.pk if run else None,
            "lines": found.lines,
            "changes": _changed(run) if run else found.changes,
            "skipped": found.bad + (run.skipped if run else 0),
            "failed": run.failed if run else 0,
        }
        if as_json:
            self.stdout.write(json.dumps(line))
        else:
            self._print(found, run, line)
        return _exit_code(found, run, line)

    def _print(self, found: Comparison, run: EditRun | None, line: dict[str, Any]) -> None:
        if run:
            why = describe(run)
            said = f"#{run.pk} {run.get_status_display()} {why.meaning} {why.advice}"
            self.stdout.write(" ".join(said.split()))
        counts = {
            _("Lines"): line["lines"],
            _("Lines left out"): found.bad,
            _("Tags to create"): len(found.created),
            _("Tags to add"): found.tags_added,
            _("Tags to remove"): found.tags_removed,
            _("Remarks"): len(found.remarks),
            _("Notes"): len(found.notes),
        }
        if run:
            counts |= {_("Changed"): line["changes"], _("Failed"): line["failed"]}
        for name, count in counts.items():
            self.stdout.write(f"  {name}: {count:,}")


def _finish(account: OfficialAccount, run: EditRun | None) -> EditRun | None:
    """Work on the run, or watch whoever does, until it is over or waits.

    Changes of an account go one after the other, so that those before it are worked on as well.
    """
    if run is None:
        return None
    told: set[int] = set()
    with progress_bar(run.selected, "changes", quiet="--json" in sys.argv) as bar:
        while run.status in MOVING:
            earlier = account.edit_runs.filter(status__in=MOVING, pk__lt=run.pk)
            present = earlier.order_by("pk").first() or run
            if not _slice(present, partial(_show, bar, run)):
                _tell_once(bar, present, told)
                time.sleep(POLL_SECONDS)
            _show(bar, run)
    return run


def _slice(run: EditRun, show: Callable[[], None]) -> bool:
    """Whether it moved; if not, somebody else works on it, or was killed a moment ago."""
    before = (run.version, run.ticket)
    sending.advance(run.pk, run.ticket, queue=False, after_commit=show)
    run.refresh_from_db()
    return (run.version, run.ticket) != before


def _tell_once(bar: "tqdm[Any]", run: EditRun, told: set[int]) -> None:
    if run.pk not in told:
        told.add(run.pk)
        text = _(
            "Change #%(number)s is in the hands of another process. If that was killed, this goes "
            "on within about a minute."
        )
        bar.write(text % {"number": run.pk}, file=sys.stderr)


def _show(bar: "tqdm[Any]", run: EditRun) -> None:
    run.refresh_from_db()
    bar.n = run.done + run.skipped + run.failed
    bar.refresh()


def _changed(run: EditRun) -> int:
    """Followers' changes that were made: tags that had to be created are none of them."""
    done = EditChunk.objects.filter(step__run=run, outcome=EditChunk.Outcome.DONE)
    done = done.exclude(step__action=EditStep.Action.CREATE_TAG)
    return done.aggregate(count=Sum("count"))["count"] or 0


def _exit_code(found: Comparison, run: EditRun | None, line: dict[str, Any]) -> int:
    over = run is None or run.status == Run.Status.SUCCEEDED
    if not found.good or (run and run.status not in (*Run.ACTIVE, Run.Status.SUCCEEDED)):
        return PARTLY if run and line["changes"] else NOTHING
    return GOOD if over and not line["skipped"] and not line["failed"] else PARTLY
