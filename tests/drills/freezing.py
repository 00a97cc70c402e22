"""An app for drills: a process stops itself (SIGSTOP) between fetch and commit, or in a commit.

It does so once, as soon as the file FREEZE exists and as many pages are stored as that file says
("3 before" or "3 within" the transaction); the file is then renamed to end in `.done` and holds the
number of the process.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.apps import AppConfig


class Freezing(AppConfig):
    name = "tests.drills.freezing"

    def ready(self) -> None:
        from followers.runs.lease import Claim

        commit: Any = Claim.commit

        @contextmanager
        def late(claim: Any) -> Iterator[None]:
            _freeze(claim.run.pages, "before")
            with commit(claim):
                _freeze(claim.run.pages, "within")
                yield

        Claim.commit = late  # type: ignore[method-assign]


def _freeze(pages: int, place: str) -> None:
    order = Path(os.environ["FREEZE"])
    with suppress(FileNotFoundError, ValueError):
        wanted, where = order.read_text().split()
        if where == place and pages >= int(wanted):
            taken = order.with_suffix(f".{os.getpid()}")
            order.rename(taken)
            taken.write_text(str(os.getpid()))
            taken.rename(order.with_suffix(".done"))
            os.kill(os.getpid(), signal.SIGSTOP)
