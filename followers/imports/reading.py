"""What a table says about followers: ours or anybody's."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..files import bounds
from ..files.columns import IMPORT_COLUMNS
from ..files.errors import FileError
from ..files.headers import Header, find_header, known_titles, same_name, titles_of
from ..files.reading import Reading, Row
from .options import Options

TYPES = {column.name: column.type for column in IMPORT_COLUMNS}


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
        return place < len(titles) and same_name(titles[place]) in known_titles(IMPORT_COLUMNS)

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
        values = {
            name: TYPES[name].read(row.cells[place])
            for name, place in self.header.columns.items()
            if place < len(row.cells)
        }
        return Line(
            row.number,
            values.get("openid") or "",
            values.get("remark") or None,
            values.get("tags") or None,
            values.get("note") or None,
            tuple(name for name, value in values.items() if value is None),
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
        reading.rows(), IMPORT_COLUMNS, lambda found: "openid" in found and len(found) > 1
    )
    if header is None:
        raise FileError("no_columns")
    return header
