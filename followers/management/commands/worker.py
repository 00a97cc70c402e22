"""The background worker: what production and the demo run."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from .. import group
from ..supervisor import Supervisor


class Command(BaseCommand):
    help = (
        "Run the background worker until SIGTERM or SIGINT: django-q2's cluster under a supervisor "
        "that replaces it when a part of it dies, and sends lost runs again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        # How the supervisor starts its group; nobody else needs it.
        parser.add_argument("--group", type=int, metavar="PID", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["group"]:
            group.run(supervisor_pid=options["group"])
        else:
            Supervisor().run()
