"""Sync one account in the foreground: the same engine, with a progress bar."""

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.core.management.base import BaseCommand
from tqdm import tqdm

from ...models import Run, SyncRun, SyncStage
from ...runs import engine
from ...runs.foreground import run_in_foreground
from ...runs.messages import describe
from ...sync import syncs
from ...sync.progress import current_stage
from ..console import errors_in_words, get_account, progress_bar

SUCCEEDED, FAILED, UNSETTLED = 0, 1, 3
EXIT_CODES = {
    Run.Status.SUCCEEDED: SUCCEEDED,
    Run.Status.FAILED: FAILED,
    Run.Status.CANCELLED: FAILED,
    Run.Status.WAITING: UNSETTLED,
    Run.Status.REVIEW: UNSETTLED,
}
REPORTED = (
    "status",
    "total",
    "fetched",
    "added",
    "resubscribed",
    "unsubscribed",
    "unchanged",
    "pages",
    "outstanding",
    "error_code",
)


class Command(BaseCommand):
    help = (
        "Sync the followers of an account here and now; resumes an interrupted run and attaches to "
        "one that is under way. Exit status: 0 succeeded, 1 failed or cancelled, 2 bad usage, "
        "3 waiting or to be confirmed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("app_id", metavar="APP_ID")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON line")
        parser.add_argument(
            "--only",
            nargs="+",
            choices=[str(name) for name in syncs.STAGES],
            default=list(syncs.STAGES),
            metavar="STAGE",
            help=f"only these stages: {' '.join(syncs.STAGES)}",
        )
        parser.add_argument(
            "--refresh-details", action="store_true", help="ask for everybody's profile again"
        )
        parser.add_argument(
            "--now", action="store_true", help="try a waiting run without its delay"
        )
        parser.add_argument(
            "--queue", action="store_true", help="leave the work to the workers and return at once"
        )

    @errors_in_words()
    def handle(self, *args: Any, app_id: str, **options: Any) -> None:
        run, _created = syncs.start(
            get_account(app_id),
            stages=options["only"],
            refresh_details=options["refresh_details"],
            enqueue=options["queue"],
        )
        if options["now"]:
            engine.retry(run)
        if not options["queue"]:
            with progress_bar(run.total, "followers", quiet=options["json"]) as bar:
                run_in_foreground(run, lambda: _update_bar(bar, run))
        run.refresh_from_db()
        self._report(run, as_json=options["json"])
        if not options["queue"] and (code := EXIT_CODES[Run.Status(run.status)]):
            raise SystemExit(code)

    def _report(self, run: SyncRun, *, as_json: bool) -> None:
        # Stages may have ended with an incomplete result.
        rows: list[SyncRun | SyncStage] = [run, *run.stages.all()]
        said = (part for why in map(describe, rows) for part in (why.meaning, why.advice))
        message = " ".join(filter(None, said))
        if as_json:
            values = {name: getattr(run, name) for name in REPORTED}
            line = {"run": run.pk, **values, "message": message}
            self.stdout.write(json.dumps(line, ensure_ascii=False))
            return
        self.stdout.write(f"#{run.pk} {run.get_status_display()} {message}".rstrip())
        for field in ("total", "added", "resubscribed", "unsubscribed", "unchanged"):
            self.stdout.write(f"  {label_for_field(field, SyncRun)}: {getattr(run, field):,}")


def _update_bar(bar: "tqdm[Any]", run: SyncRun) -> None:
    stage = current_stage(run.stages.all())
    if stage is not None:
        bar.set_description(str(stage.get_name_display()), refresh=False)
        bar.total, bar.n = stage.total or None, stage.done
    bar.refresh()
