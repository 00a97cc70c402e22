"""A table of figures: as cells of a page, as CSV and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import capfirst

from followers.files.cell_types import INTEGER, PERCENT, CellType, percent
from followers.files.columns import Column
from followers.files.csv_writer import CsvWriter
from followers.files.xlsx_writer import to_xlsx

from ..shared.formats import format_number

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Cell:
    """heat: from 0 to 100, how strongly to colour the ground; None for not at all."""

    text: str
    url: str = ""
    is_number: bool = False
    sub: str = ""
    heat: int | None = None

    @property
    def is_plain_number(self) -> bool:
        """As most cells are, of which a year by day has thousands; it is shown with few tags."""
        return self.is_number and not self.url and not self.sub and self.heat is None


def _nothing(row: int, name: str) -> str:
    return ""


def _cold(row: int, name: str) -> float | None:
    return None


@dataclass(frozen=True)
class Table:
    """rows: values in the order of the columns.

    By row and column's name: link: an address, or ""; sub: a small text below the value; heat: from
    0 to 1, None for not at all. in_files: names of columns that stand in files alone.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    link: Callable[[int, str], str] = _nothing
    sub: Callable[[int, str], str] = _nothing
    heat: Callable[[int, str], float | None] = _cold
    in_files: frozenset[str] = frozenset()

    @property
    def headers(self) -> list[tuple[str, bool]]:
        """Each with whether it stands above numbers."""
        return [
            (capfirst(str(it.header)), _counts(it)) for it in self.columns if self._is_shown(it)
        ]

    def cells(self) -> Iterator[list[Cell]]:
        for number, row in enumerate(self.rows):
            both = zip(self.columns, row, strict=True)
            yield [self._cell(number, *it) for it in both if self._is_shown(it[0])]

    def _is_shown(self, column: Column) -> bool:
        return column.name not in self.in_files

    def _cell(self, row: int, column: Column, value: Any) -> Cell:
        heat = self.heat(row, column.name)
        return Cell(
            _text(column.type, value),
            # Nobody is behind a zero.
            self.link(row, column.name) if value else "",
            _counts(column),
            self.sub(row, column.name),
            None if heat is None else round(100 * heat),
        )

    def csv(self) -> str:
        writer = CsvWriter(self.columns)
        writer.write(self.rows)
        return writer.take()

    def xlsx(self, title: str) -> bytes:
        return to_xlsx(title, self.columns, self.rows)


def _counts(column: Column) -> bool:
    return column.type in (INTEGER, PERCENT)


def _text(type_: CellType, value: Any) -> str:
    if value is None:
        return "–"
    if type_ is INTEGER:
        return format_number(value)
    if type_ is PERCENT:
        return percent(value)
    return value.isoformat() if isinstance(value, date) else str(value)
