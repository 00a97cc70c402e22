"""A table of figures: as cells of a page, as CSV and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from followers.files.cell_types import INTEGER, PERCENT, CellType
from followers.files.columns import Column
from followers.files.csv_writer import CsvWriter
from followers.files.xlsx_writer import to_xlsx

from ..shared.formats import format_number

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Cell:
    text: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """rows: values in the order of the columns. link: (row, column's name) → address, or ""."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    link: Callable[[int, str], str] = field(default=lambda row, name: "")

    @property
    def headers(self) -> list[tuple[str, bool]]:
        """Each with whether it stands above numbers."""
        return [(str(it.header), it.type in (INTEGER, PERCENT)) for it in self.columns]

    def cells(self) -> Iterator[list[Cell]]:
        for number, row in enumerate(self.rows):
            yield [
                Cell(_text(column.type, value), self._link(number, column, value), _counts(column))
                for column, value in zip(self.columns, row, strict=True)
            ]

    def _link(self, row: int, column: Column, value: Any) -> str:
        """Nobody is behind a zero."""
        return self.link(row, column.name) if value else ""

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
        return f"{value:.1%}"
    return value.isoformat() if isinstance(value, date) else str(value)
