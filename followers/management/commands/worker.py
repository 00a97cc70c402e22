"""The background worker: what production and the demo run."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from ...database_errors import NO_DATABASE, NOT_MIGRATED, error_sentence, find_problem
from ...health import is_migrated
from .. import group
from ..supervisor import Supervisor


class Command(BaseCommand):
    help = (
        "Run the background worker until SIGTERM or SIGINT: django-q2's cluster under a supervisor "
        "that replaces it when a part of it dies, and sends lost runs again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        # Used by the supervisor to start its group.
        parser.add_argument("--group", type=int, metavar="PID", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["group"]:
            group.run(supervisor_pid=options["group"])
        else:
            check_migrated()
            Supervisor().run()


def check_migrated() -> None:
    """Raises CommandError before `migrate`, or if the SQLite file is no database.

    Waits for a database that is down.
    """
    try:
        migrated = is_migrated()
    except DatabaseError as error:
        trouble = find_problem(error)
        if trouble is NO_DATABASE:
            raise CommandError(error_sentence(error)) from None
        if trouble is not NOT_MIGRATED:
            return
        migrated = False
    if not migrated:
        raise CommandError(str(NOT_MIGRATED))
