"""A table of figures: as cells of a page, as CSV and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from followers.files.cell_types import DATE, INTEGER, PERCENT, CellType
from followers.files.columns import Column
from followers.files.csv_writer import CsvWriter

from ..shared.formats import format_number

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel's own formats; what is a text there stays one, whatever it begins with.
_NUMBER_FORMATS = {INTEGER: "#,##0", DATE: "yyyy-mm-dd", PERCENT: "0.0%"}
_WIDTH = 16


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
        """One sheet, its header in row 1."""
        book = Workbook()
        sheet = book.active
        assert sheet is not None  # noqa: S101
        sheet.title = title[:31]
        sheet.freeze_panes = "A2"
        for place, column in enumerate(self.columns, start=1):
            sheet.cell(1, place, str(column.header)).font = Font(bold=True)
            sheet.column_dimensions[get_column_letter(place)].width = column.width or _WIDTH
            for number, row in enumerate(self.rows, start=2):
                cell = sheet.cell(number, place)
                cell.value = row[place - 1]
                if isinstance(cell.value, str):
                    cell.data_type = "s"
                cell.number_format = _NUMBER_FORMATS.get(column.type, "@")
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


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
