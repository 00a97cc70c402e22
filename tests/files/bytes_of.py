"""Rows as the process that reads files sees them, without the process."""

import io

import pytest

from followers.files.child import kept_rows
from followers.files.errors import FileError
from followers.files.kinds import read_rows
from followers.files.report import Report


def read(data: bytes) -> tuple[Report, list[list[str | None]]]:
    report = Report()
    rows = kept_rows(read_rows(io.BytesIO(data), report, lambda share: None), report)
    return report, [cells for _number, _hidden, cells in rows]


def rows_of(data: bytes) -> list[list[str | None]]:
    return read(data)[1]


def report_of(data: bytes) -> Report:
    return read(data)[0]


def refused(data: bytes) -> str:
    """The code of the sentence that such a file gets."""
    with pytest.raises(FileError) as error:
        read(data)
    return error.value.code
