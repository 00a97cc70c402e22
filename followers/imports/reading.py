"""What a file says about followers: CSV or XLSX, ours or anybody's."""

import csv
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import TextIOWrapper
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from ..export import restored
from ..tables import FileError, csv_rows
from . import sheets

MOST_BYTES, MOST_LINES = 64_000_000, 200_000
# Column: how it may be called besides, in our own files and in those that people make.
NAMES = {
    "openid": ("openid", "open id"),
    "remark": ("remark", "备注", "备注名"),
    "tags": ("tags", "tag", "标签"),
    "note": ("note", "internal_note", "internal note", "内部备注"),
}
# What the export calls them, before it is translated.
EXPORTED = {"openid": "openid", "remark": "remark", "tags": "tags", "note": "internal_note"}
_SEPARATOR = re.compile(r"\\([\\;])|;")
# All but tab, line feed and carriage return.
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


@dataclass(frozen=True)
class Line:
    """One follower. None: the cell is empty or the column missing, and nothing is to change."""

    number: int
    openid: str
    remark: str | None = None
    tags: tuple[str, ...] | None = None
    note: str | None = None


@dataclass
class Table:
    """A file whose header was understood; `lines` can be gone through once.

    ignored: headers of columns that are not read.
    """

    columns: dict[str, int]
    ignored: list[str]
    _rows: Iterator[list[str]] = field(repr=False)

    def lines(self) -> Iterator[Line]:
        """Lines without any cell are passed over. Raises FileError where it cannot go on."""
        count = 0
        for number, cells in enumerate(self._rows, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_LINES:
                raise FileError(_("A file can have at most 200,000 lines: split it."))
            yield self._line(number, cells)

    def _line(self, number: int, cells: list[str]) -> Line:
        found = {
            name: text
            for name, place in self.columns.items()
            if place < len(cells) and (text := _text(cells[place]))
        }
        tags = split(found["tags"]) if "tags" in found else None
        return Line(
            number, found.get("openid", ""), found.get("remark"), tags or None, found.get("note")
        )


@contextmanager
def as_csv(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file itself, or the CSV of a workbook: it reads six times as fast as the workbook does.

    Raises FileError where the workbook cannot be read.
    """
    file.seek(0)
    if file.read(len(sheets.ZIP)) != sheets.ZIP:
        yield file
        return
    with tempfile.TemporaryFile() as table:
        text = TextIOWrapper(table, "utf-8", newline="", write_through=True)
        csv.writer(text).writerows(sheets.sheet_rows(file))
        text.detach()
        yield table


def read(file: BinaryIO) -> Table:
    """Raises FileError, with what to do about it, unless it is a table with the right columns."""
    rows = _rows(file)
    header = [cell.strip() for cell in next(rows, [])]
    columns = _columns(header)
    known = set(columns.values())
    ignored = [name for place, name in enumerate(header) if name and place not in known]
    return Table(columns, ignored, rows)


def _rows(file: BinaryIO) -> Iterator[list[str]]:
    if file.seek(0, 2) > MOST_BYTES:
        raise FileError(_("The file is larger than 64 MB: split it."))
    file.seek(0)
    beginning = file.read(4)
    if not beginning:
        raise FileError(_("The file is empty."))
    if beginning == sheets.OLE:
        raise sheets.protected()
    return sheets.sheet_rows(file) if beginning == sheets.ZIP else csv_rows(file)


def _columns(header: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, name in enumerate(header):
        column = _known().get(name.casefold())
        if column in columns:
            text = _("The column “%(name)s” stands twice in the first line: delete one of them.")
            raise FileError(text % {"name": name})
        if column:
            columns[column] = place
    if "openid" not in columns or len(columns) == 1:
        raise FileError(
            _("The first line must name the columns: openid and any of remark, tags, note.")
        )
    return columns


@cache
def _known() -> dict[str, str]:
    """Header → column: the contract's names, and what the export writes in each language."""
    known = {name: column for column, names in NAMES.items() for name in names}
    for code, _name in settings.LANGUAGES:
        with override(code):
            known |= {_(name).casefold(): column for column, name in EXPORTED.items()}
    return known


def _text(cell: str) -> str:
    """A cell without what a spreadsheet needs and without blanks around it."""
    return restored(cell.strip()).translate(_CONTROL).replace("\r\n", "\n").strip()


def split(cell: str) -> tuple[str, ...]:
    """Tag names, each once: what `followers.export.joined` made one cell of."""
    names, name, place = [], "", 0
    for found in _SEPARATOR.finditer(cell):
        name += cell[place : found.start()]
        place = found.end()
        if found[1] is None:
            names.append(name)
            name = ""
        else:
            name += found[1]
    names.append(name + cell[place:])
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
