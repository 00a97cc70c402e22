"""Which line of a table names its columns, and which column is which."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from .bounds import HEADER_WITHIN
from .cells import plain
from .errors import FileError
from .reading import Row

# All names that a column may have, as `same_name` writes them → what it is here.
Names = Mapping[str, str]
Columns = dict[str, int]


@dataclass(frozen=True)
class Header:
    """number: of the row that names the columns, 0 where none does; titles: what it says.

    columns: what a column is here → its place, from 0.
    """

    number: int
    columns: Columns
    titles: list[str]

    @property
    def ignored(self) -> list[str]:
        """Names of columns that are not read."""
        read = set(self.columns.values())
        return [name for place, name in enumerate(self.titles) if name and place not in read]


def same_name(title: str) -> str:
    """Names of columns are the same in full width, in capitals, and with marks nobody sees."""
    return plain(unicodedata.normalize("NFKC", title)).casefold()


def find_header(
    rows: Iterable[Row], names: Names, enough: Callable[[Columns], bool]
) -> Header | None:
    """The first row, among the first few, that names `enough` columns.

    Raises FileError where it names one of them twice.
    """
    for row in islice(rows, HEADER_WITHIN):
        titles = titles_of(row)
        columns: Columns = {}
        twice = []
        for place, title in enumerate(titles):
            column = names.get(same_name(title))
            if column in columns:
                twice.append(title)
            elif column:
                columns[column] = place
        if enough(columns):
            if twice:
                raise FileError("column_twice", name=twice[0])
            return Header(row.number, columns, titles)
    return None


def titles_of(row: Row) -> list[str]:
    return [plain(cell or "") for cell in row.cells]
