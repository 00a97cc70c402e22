"""Read one file from standard input and write its rows to standard output, within limits.

A process of its own, because a file can be made to take any memory and any time: this one ends,
and the site goes on. Standard output: a JSON line for each row that has anything in it, its number,
1 where it is hidden, and its cells. Standard error: JSON lines, {"progress": 0.5} and at last
{"report": …} or {"error": code, "params": …}.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from . import bounds
from .delimited import Progress, Row
from .errors import FileError
from .kinds import read_rows
from .report import Report

PROGRESS_SECONDS = 0.2


def main() -> None:
    limit_process()
    try:
        report = Report()
        write_rows(kept_rows(read_rows(sys.stdin.buffer, report, progress()), report))
        say(report=asdict(report))
    except FileError as error:
        say(error=error.code, params=error.params)
    except (MemoryError, RecursionError):
        say(error="too_large", params={})


def limit_process() -> None:
    """Before a byte of the file is looked at; whatever a system does not know is left out."""
    limits = {
        resource.RLIMIT_AS: bounds.MEMORY_BYTES,
        resource.RLIMIT_CPU: bounds.CPU_SECONDS,
        resource.RLIMIT_FSIZE: bounds.MAX_TABLE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    with suppress(OSError):
        os.nice(5)


def kept_rows(rows: Iterable[Row], report: Report) -> Iterator[Row]:
    """Those with anything in them, counted. Raises FileError where there are too many, or none."""
    for number, hidden, cells in rows:
        beyond = cells[bounds.MAX_COLUMNS :]
        if len(cells) > bounds.MAX_ROW_CELLS or any(it is None or it.strip() for it in beyond):
            raise FileError("too_many_columns")
        del cells[bounds.MAX_COLUMNS :]
        if not any(cell is None or cell.strip() for cell in cells):
            continue
        report.rows += 1
        report.hidden_rows += hidden
        if report.rows > bounds.MAX_LINES + bounds.HEADER_WITHIN:
            raise FileError("too_many_lines")
        yield number, hidden, cells
    if not report.rows:
        raise FileError("empty_sheet", name=report.sheet) if report.sheet else FileError("empty")


def write_rows(rows: Iterable[Row]) -> None:
    out = sys.stdout
    written = 0
    for number, hidden, cells in rows:
        line = json.dumps([number, int(hidden), *cells], ensure_ascii=False)
        written += len(line)
        if written > bounds.MAX_TABLE_BYTES // 4:
            raise FileError("too_large")
        out.write(line + "\n")
    out.flush()


def progress() -> Progress:
    """Says how far it is, now and then."""
    last = 0.0

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            say(progress=round(min(share, 1.0), 3))

    return tell


def say(**facts: Any) -> None:
    print(json.dumps(facts), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    main()
