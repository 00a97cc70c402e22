"""What a table says about followers: ours or anybody's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from ..files import bounds
from ..files.cells import plain, read_cell, read_id
from ..files.errors import FileError
from ..files.headers import Header, find_header, same_name, titles_of
from ..files.reading import Reading, Row
from .options import Options

# Column: how it may be called besides, in our own files and in those that people make.
NAMES = {
    "openid": ("openid", "open id", "open_id"),
    "remark": ("remark", "备注", "备注名"),
    "tags": ("tags", "tag", "标签"),
    "note": ("note", "internal_note", "internal note", "内部备注"),
}
# What the export calls them, before it is translated.
EXPORTED = {"openid": "openid", "remark": "remark", "tags": "tags", "note": "internal_note"}
# An escaped sign, or what stands between two tags: a line end as well, which no name holds.
_SEPARATOR = re.compile(r"\\([\\;])|[;\n\r]")


@dataclass(frozen=True)
class Line:
    """One follower. None: the cell is empty or the column missing, and nothing is to change.

    uncalculated: columns that hold a formula without a value. cells: the row as the file has it.
    """

    number: int
    openid: str
    remark: str | None = None
    tags: tuple[str, ...] | None = None
    note: str | None = None
    uncalculated: tuple[str, ...] = ()
    cells: list[str | None] = field(default_factory=list, compare=False, repr=False)


class Table:
    """A file whose columns are known.

    left_out: hidden columns that are not read, by title. read, hidden_rows: how many lines `lines`
    gave, and how many hidden ones it met.
    """

    def __init__(self, reading: Reading, options: Options) -> None:
        """Raises FileError where nobody knows the columns; they can be chosen by hand then."""
        header = _header(reading, options)
        hidden = () if options.include_hidden else reading.report.hidden_columns
        read = {
            name: place
            for name, place in header.columns.items()
            if name == "openid" or place not in hidden
        }
        self.header = Header(header.number, read, header.titles)
        self.left_out = [
            header.titles[place] if place < len(header.titles) else name
            for name, place in header.columns.items()
            if name not in read
        ]
        self.read = self.hidden_rows = 0
        self._reading, self.includes_hidden = reading, options.include_hidden

    def is_known(self, place: int) -> bool:
        """Whether the title of a column alone tells what it is."""
        titles = self.header.titles
        return place < len(titles) and same_name(titles[place]) in known_names()

    def lines(self) -> Iterator[Line]:
        """Lines without any cell are passed over. Raises FileError where there are too many."""
        self.read = self.hidden_rows = 0
        for row in self._reading.rows():
            if row.number <= self.header.number:
                continue
            if row.hidden:
                self.hidden_rows += 1
                if not self.includes_hidden:
                    continue
            self.read += 1
            if self.read > bounds.MAX_LINES:
                raise FileError("too_many_lines")
            yield self._line(row)

    def _line(self, row: Row) -> Line:
        found = {
            name: row.cells[place]
            for name, place in self.header.columns.items()
            if place < len(row.cells)
        }
        meant = {name: read_cell(cell) for name, cell in found.items()}
        tags = split(meant.get("tags") or "")
        return Line(
            row.number,
            read_id(found.get("openid") or ""),
            meant.get("remark") or None,
            tags or None,
            meant.get("note") or None,
            tuple(name for name, text in meant.items() if text is None),
            row.cells,
        )


def _header(reading: Reading, options: Options) -> Header:
    if options.columns is not None:
        named = [
            row for row in reading.first(bounds.HEADER_WITHIN) if row.number == options.header_row
        ]
        return Header(
            options.header_row, dict(options.columns), titles_of(named[0]) if named else []
        )
    header = find_header(
        reading.rows(), known_names(), lambda found: "openid" in found and len(found) > 1
    )
    if header is None:
        raise FileError("no_columns")
    return header


@cache
def known_names() -> dict[str, str]:
    """Name → column: the contract's names, and what the export writes in each language."""
    known = {name: column for column, names in NAMES.items() for name in names}
    for code, _name in settings.LANGUAGES:
        with override(code):
            known |= {same_name(_(name)): column for column, name in EXPORTED.items()}
    return known


@lru_cache(maxsize=10_000)
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
    return tuple(dict.fromkeys(text for name in names if (text := plain(name))))
