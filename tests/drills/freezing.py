"""An app for drills: a process stops itself (SIGSTOP) between fetch and commit.

It does so once, as soon as the file FREEZE exists and as many pages are stored as that file says;
the file is then renamed to end in `.done` and holds the number of the process.
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
        from followers.sync.lease import Claim

        commit: Any = Claim.commit

        @contextmanager
        def late(claim: Any) -> Iterator[None]:
            _freeze(claim.run.pages)
            with commit(claim):
                yield

        Claim.commit = late  # type: ignore[method-assign]


def _freeze(pages: int) -> None:
    order = Path(os.environ["FREEZE"])
    with suppress(FileNotFoundError, ValueError):
        if pages >= int(order.read_text()):
            taken = order.with_suffix(f".{os.getpid()}")
            order.rename(taken)
            taken.write_text(str(os.getpid()))
            taken.rename(order.with_suffix(".done"))
            os.kill(os.getpid(), signal.SIGSTOP)
