"""Read a file that somebody brought, in a process of its own, and keep what it says.

What is kept are the lines that `followers.files.child` writes, so that nobody parses a hostile
file twice, and a preview of 200,000 lines takes no longer than to read them.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from . import bounds
from .delimited import Progress
from .errors import FileError
from .report import Report

BLOCK = 1 << 20
PROJECT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "followers.files.child"]


class Row(NamedTuple):
    """A row with anything in it. number: as the spreadsheet counts, from 1.

    A cell that is None holds a formula that was never calculated.
    """

    number: int
    hidden: bool
    cells: list[str | None]


class Reading:
    """What a file says, as often as it is asked."""

    def __init__(self, report: Report, lines: BinaryIO) -> None:
        """lines: as `followers.files.child` writes them."""
        self.report = report
        self._lines = lines

    def rows(self) -> Iterator[Row]:
        self._lines.seek(0)
        for line in self._lines:
            number, hidden, *cells = json.loads(line)
            yield Row(number, bool(hidden), cells)

    def first(self, count: int) -> list[Row]:
        return list(islice(self.rows(), count))

    def packed(self) -> bytes:
        """For `unpacked`, smaller."""
        self._lines.seek(0)
        packer = zlib.compressobj()
        blocks = iter(lambda: self._lines.read(BLOCK), b"")
        return b"".join([*map(packer.compress, blocks), packer.flush()])


@contextmanager
def read_file(file: BinaryIO, progress: Progress = lambda share: None) -> Iterator[Reading]:
    """The file's rows, until the context ends. Raises FileError.

    Whoever serves others limits how many are read at once (followers.admin.shared.file_slots).
    progress: called with the share that is done, from 0 to 1.
    """
    with _on_disk(file) as source, tempfile.TemporaryFile() as lines:
        yield Reading(_run(source, lines, progress), lines)


@contextmanager
def unpacked(report: dict[str, Any], content: bytes) -> Iterator[Reading]:
    """What `Reading.packed` made of a file, which takes no memory."""
    unpacker = zlib.decompressobj()
    with tempfile.TemporaryFile() as lines:
        piece = content
        while piece:
            lines.write(unpacker.decompress(piece, BLOCK))
            piece = unpacker.unconsumed_tail
        lines.write(unpacker.flush())
        yield Reading(Report(**report), lines)


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """Small uploads are in memory, where no other process can read them."""
    file.seek(0)
    try:
        file.fileno()
    except (OSError, AttributeError):
        with tempfile.TemporaryFile() as copy:
            while block := file.read(BLOCK):
                copy.write(block)
            copy.seek(0)
            yield copy
    else:
        yield file


def _run(source: BinaryIO, lines: BinaryIO, progress: Progress) -> Report:
    os.lseek(source.fileno(), 0, os.SEEK_SET)
    process = subprocess.Popen(
        COMMAND,
        # Nothing of ours: no keys, no addresses.
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(PROJECT)},
        stdin=source,
        stdout=lines,
        stderr=subprocess.PIPE,
    )
    watchdog = threading.Timer(bounds.CLOCK_SECONDS, process.kill)
    watchdog.start()
    try:
        said = _listen(process, progress)
        process.wait()
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
    return _report(said, process.returncode)


def _listen(process: "subprocess.Popen[bytes]", progress: Progress) -> dict[str, Any]:
    """Its last word; {} where it had none."""
    assert process.stderr is not None  # noqa: S101
    with process.stderr:
        for line in process.stderr:
            try:
                said: dict[str, Any] = json.loads(line)
            except ValueError:
                # What an interpreter writes that comes to its end.
                continue
            if "progress" not in said:
                return said
            progress(said["progress"])
    return {}


def _report(said: dict[str, Any], code: int) -> Report:
    if "error" in said:
        raise FileError(said["error"], **said["params"])
    if "report" in said and code == 0:
        return Report(**said["report"])
    # Killed by one of its limits: of time (the system's signals, ours), else of memory.
    raise FileError("took_too_long" if -code in (9, 24) else "too_large")
