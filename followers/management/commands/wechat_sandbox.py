"""Run the simulated WeChat in the foreground, with the options of `followers.sandbox`."""

import sys
from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from followers.sandbox import cli


class Command(BaseCommand):
    help = "Run a simulated WeChat API, with a page on which faults can be switched on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(cli.run(Namespace(**options)))
