"""Change remarks, tags and notes of followers from a file."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from tqdm import tqdm

from ...files.columns import IMPORT_COLUMNS
from ...files.errors import FileError
from ...files.problems import Problem
from ...files.reading import Reading, read_file
from ...files.sentences import explain
from ...imports import notices
from ...imports.beginning import begin, unfinished
from ...imports.comparing import Comparison, Sample
from ...imports.left_out import write_left_out
from ...imports.options import Options, digest_of
from ...imports.reading import Table
from ...models import EditChunk, EditRun, EditStep, OfficialAccount, Run
from ...runs.foreground import run_in_foreground
from ...runs.lease import lock_account
from ...runs.messages import describe
from ..console import errors_in_words, get_account, progress_bar, update_bar

GOOD, NOTHING, PARTLY = 0, 1, 3
SHOWN = 100


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
            "--include-hidden",
            action="store_true",
            help="read the rows and columns that are hidden in the sheet as well",
        )
        parser.add_argument(
            "--keep-commas",
            action="store_true",
            help="a tag with commas is one tag; without this it is split at them",
        )
        parser.add_argument(
            "--column",
            action="append",
            metavar="NAME=NUMBER",
            help="which column is what, where the file does not say so: openid=1, remark=3 "
            "(also tags, note); with it, the first line is data unless --header names it",
        )
        parser.add_argument(
            "--header", type=int, default=0, metavar="LINE", help="the line that names the columns"
        )
        parser.add_argument(
            "--left-out", type=Path, metavar="FILE", help="write the lines left out as CSV"
        )
        parser.add_argument(
            "--apply", action="store_true", help="send the changes instead of only counting them"
        )
        parser.add_argument("--json", action="store_true", help="print the result as one JSON line")

    @errors_in_words()
    def handle(self, *args: Any, app_id: str, file: Path, **given: Any) -> None:
        account = get_account(app_id)
        options = Options(
            given["replace_tags"],
            given["include_hidden"],
            given["keep_commas"],
            _columns(given["column"]),
            given["header"],
        )
        try:
            data = file.open("rb")
        except OSError as error:
            text = _("The file %(name)s cannot be opened: %(error)s")
            facts = {"name": file, "error": error.strerror or error}
            raise CommandError(text % facts, returncode=2) from None
        with data:
            try:
                code = self._import(account, data, file.name, options, **given)
            except FileError as problem:
                raise CommandError(explain(problem), returncode=NOTHING) from None
        if code:
            raise SystemExit(code)

    def _import(
        self, account: OfficialAccount, file: BinaryIO, name: str, options: Options, **given: Any
    ) -> int:
        mark = options.fingerprint(digest_of(file))
        with self._read(file, quiet=given["json"]) as reading:
            table = Table(reading, options)
            # Resume an interrupted import first, so that its changes are not made again.
            run = (
                _finish(unfinished(account, mark), quiet=given["json"]) if given["apply"] else None
            )
            found = Comparison(
                account, options, seen_by=OfficialAccount.objects.values_list("pk", flat=True)
            )
            problems = self._report_problems(found, found.problems(table.lines()))
            write_left_out(given["left_out"], table, problems)
            # The same sentences as on the page.
            said = [*notices.of_table(reading.report, table), notices.of_commas(found)]
            for line in filter(None, said + notices.of_overwriting(found)):
                self.stderr.write(line)
            if given["apply"]:
                run = self._apply(found, name, mark, quiet=given["json"]) or run
        return self._report(found, run, as_json=given["json"])

    @contextmanager
    def _read(self, file: BinaryIO, *, quiet: bool) -> Iterator[Reading]:
        with (
            progress_bar(100, "%", quiet=quiet) as bar,
            read_file(file, lambda share: update_bar(bar, round(share * 100))) as reading,
        ):
            bar.close()
            yield reading

    def _report_problems(self, found: Comparison, problems: Iterable[Problem]) -> Iterator[Problem]:
        """Print the problems of the first skipped lines; returns all of them."""
        for problem in problems:
            if found.bad <= SHOWN:
                text = _("Line %(number)s: %(text)s")
                self.stderr.write(text % {"number": problem.number, "text": problem.text})
            yield problem
        if found.bad > SHOWN:
            text = _("… and %(count)s lines more that are left out.")
            self.stderr.write(text % {"count": f"{found.bad - SHOWN:,}"})

    def _apply(self, found: Comparison, name: str, mark: str, *, quiet: bool) -> EditRun | None:
        with transaction.atomic():
            # Of two commands with the same file, the second attaches to the first one's run.
            lock_account(found.account.pk)
            run = unfinished(found.account, mark) or begin(
                found, name=name, mark=mark, user=None, enqueue=False
            )
        return _finish(run, quiet=quiet)

    def _report(self, found: Comparison, run: EditRun | None, *, as_json: bool) -> int:
        line = {
            "edit_run": run.pk if run else None,
            "lines": found.lines,
            "changes": _change_count(run) if run else found.changes,
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
        for text in notices.of_new_tags(found):
            self.stdout.write(f"  + {text}")
        for sample in found.samples:
            self.stdout.write(f"  {_sample_words(sample)}")


def _columns(given: list[str] | None) -> dict[str, int] | None:
    """The columns of --column; invalid ones end the command with status 2."""
    if given is None:
        return None
    columns: dict[str, int] = {}
    names = [column.name for column in IMPORT_COLUMNS]
    for item in given:
        name, _sign, number = item.partition("=")
        if name not in names or not number.isascii() or not number.isdecimal() or number == "0":
            text = _("--column takes NAME=NUMBER, such as openid=1; names are %(names)s.")
            raise CommandError(text % {"names": ", ".join(names)}, returncode=2)
        columns[name] = int(number) - 1
    if "openid" not in columns or len(columns) == 1:
        text = _("Choose the column that holds the openid, and at least one other.")
        raise CommandError(text, returncode=2)
    return columns


def _sample_words(sample: Sample) -> str:
    """The changes of a line: old text → new text."""
    tags = sample.tags and tuple("; ".join(names) for names in sample.tags)
    pairs = ((_("remark"), sample.remark), (_("tags"), tags), (_("internal note"), sample.note))
    texts = [f"{label} “{pair[0]}” → “{pair[1]}”" for label, pair in pairs if pair]
    where = _("Line %(number)s") % {"number": sample.number}
    return f"{where} {sample.openid}: " + ", ".join(texts).replace("\n", " ")


def _finish(run: EditRun | None, *, quiet: bool) -> EditRun | None:
    """Execute the run, or watch the worker that does, until it ends or waits."""
    if run is None:
        return None
    told: set[int] = set()
    with progress_bar(run.selected, "changes", quiet=quiet) as bar:
        run_in_foreground(
            run,
            lambda: update_bar(bar, run.done + run.skipped + run.failed),
            lambda other: _print_new_lines(bar, other, told),
        )
    return run


def _print_new_lines(bar: "tqdm[Any]", run: Run, told: set[int]) -> None:
    if run.pk not in told:
        told.add(run.pk)
        text = _(
            "Change #%(number)s is in the hands of another process. If that was killed, this goes "
            "on within about a minute."
        )
        bar.write(text % {"number": run.pk}, file=sys.stderr)


def _change_count(run: EditRun) -> int:
    """The number of changed followers, without created tags."""
    done = EditChunk.objects.filter(step__run=run, outcome=EditChunk.Outcome.DONE)
    done = done.exclude(step__action=EditStep.Action.CREATE_TAG)
    return done.aggregate(count=Sum("count"))["count"] or 0


def _exit_code(found: Comparison, run: EditRun | None, line: dict[str, Any]) -> int:
    over = run is None or run.status == Run.Status.SUCCEEDED
    if not found.good or (run and run.status not in (*Run.ACTIVE, Run.Status.SUCCEEDED)):
        return PARTLY if run and line["changes"] else NOTHING
    return GOOD if over and not line["skipped"] and not line["failed"] else PARTLY
