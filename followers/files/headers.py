"""Which line of a table names its columns, and which column is which."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice

from django.conf import settings
from django.utils.translation import override

from .bounds import HEADER_WITHIN
from .cells import plain
from .columns import Column
from .errors import FileError
from .reading import Row

# The name of a column → its place, from 0.
Places = dict[str, int]


@dataclass(frozen=True)
class Header:
    """number: of the row that names the columns, 0 where none does; titles: what it says."""

    number: int
    columns: Places
    titles: list[str]

    @property
    def ignored(self) -> list[str]:
        """Names of columns that are not read."""
        read = set(self.columns.values())
        return [name for place, name in enumerate(self.titles) if name and place not in read]


def same_name(title: str) -> str:
    """Names of columns are the same in full width, in capitals, and with marks nobody sees."""
    return plain(unicodedata.normalize("NFKC", title)).casefold()


@cache
def known_titles(columns: tuple[Column, ...]) -> dict[str, str]:
    """Title, as `same_name` writes it → name of the column.

    What our own files and pages call it, in each language, and what people do.
    """
    known: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            for it in columns:
                titles = filter(None, (it.name, str(it.header), str(it.label), *it.titles))
                known |= dict.fromkeys(map(same_name, titles), it.name)
    return known


def find_header(
    rows: Iterable[Row], columns: tuple[Column, ...], enough: Callable[[Places], bool]
) -> Header | None:
    """The first row, among the first few, that names `enough` columns.

    Raises FileError where it names one of them twice.
    """
    known = known_titles(columns)
    for row in islice(rows, HEADER_WITHIN):
        titles = titles_of(row)
        places: Places = {}
        twice = []
        for place, title in enumerate(titles):
            name = known.get(same_name(title))
            if name in places:
                twice.append(title)
            elif name:
                places[name] = place
        if enough(places):
            if twice:
                raise FileError("column_twice", name=twice[0])
            return Header(row.number, places, titles)
    return None


def titles_of(row: Row) -> list[str]:
    return [plain(cell or "") for cell in row.cells]
