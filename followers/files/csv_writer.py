"""CSV as we write it: UTF-8 with a byte order mark, a translated header, cells by their columns."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from .cells import escape_formula
from .columns import Column

BOM = "\ufeff"


class CsvWriter:
    """Gives the text in pieces, however many its caller wants."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """The header is written now: while a file streams, the request's language is gone."""
        self._writes = [column.type.to_csv for column in columns]
        self._page = io.StringIO()
        self._page.write(BOM)
        self._csv = csv.writer(self._page)
        # Titles of uploaded files come back in ours.
        self._csv.writerow([escape_formula(str(column.header)) for column in columns])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """rows: values in the order of the columns."""
        # By column, which is faster than row by row.
        columns = list(zip(*rows, strict=True)) or [()] * len(self._writes)
        cells = [map(to_csv, it) for to_csv, it in zip(self._writes, columns, strict=True)]
        self._csv.writerows(zip(*cells, strict=True))

    def size(self) -> int:
        """Characters that `take` would give."""
        return self._page.tell()

    def take(self) -> str:
        """What was written since it was last asked for."""
        text = self._page.getvalue()
        self._page.seek(0)
        self._page.truncate()
        return text
