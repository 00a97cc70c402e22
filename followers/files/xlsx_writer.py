"""A workbook as we write it: one sheet, a header in row 1, cells by their columns."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from .cell_types import BOOLEAN, DATE, INTEGER, NUMERAL, PERCENT
from .columns import Column

# Excel's own formats; "@" is text.
_FORMATS = {
    INTEGER: "#,##0",
    NUMERAL: "0",
    BOOLEAN: "0",
    DATE: "yyyy-mm-dd",
    PERCENT: "0.0%",
}
_WIDTH = 16
# Excel's limit, without the header.
MAX_ROWS = 2**20 - 1
# Excel's limit, and what it refuses in the name of a sheet.
_TITLE_CHARACTERS, _FORBIDDEN = 31, str.maketrans("", "", "[]:*?/\\")


def to_xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """rows: at most MAX_ROWS; values in the order of the columns. None leaves a cell empty."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title.translate(_FORBIDDEN)[:_TITLE_CHARACTERS])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width or _WIDTH
    sheet.append([_header(sheet, column) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, *both) for both in zip(columns, row, strict=True)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _header(sheet: WriteOnlyWorksheet, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, str(column.header))
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, column: Column, value: Any) -> Any:
    value = column.type.to_xlsx(value)
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value) or None
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # A text that begins like a formula stays a text.
        cell.data_type = "s"
    cell.number_format = _FORMATS.get(column.type, "@")
    return cell
