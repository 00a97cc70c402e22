"""The first sheet of an Excel workbook (.xlsx), a row at a time."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from ..tables import FileError

# How every .xlsx begins, and what Excel makes of old (.xls) and of password-protected workbooks.
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Rows and columns beyond these do not exist in Excel, or are not looked at.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 200
# Unpacked. Sheets are read in pieces; texts that cells share, and the rest, come into memory.
MOST_SHEET_BYTES, MOST_TEXT_BYTES, MOST_OTHER_BYTES = 500_000_000, 100_000_000, 20_000_000


def sheet_rows(file: BinaryIO) -> Iterator[list[str]]:
    """The cells of each row as text. Raises FileError, at the row in question."""
    _check_size(file)
    # A damaged workbook can raise anything at any depth of the XML.
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # Rows as wide as they are; what the sheet says of its size can be wrong.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=MOST_ROWS, values_only=True)
    except Exception as error:
        raise _damaged() from error
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise _damaged() from error
        yield [as_text(cell) for cell in cells[:MOST_COLUMNS]]


def _check_size(file: BinaryIO) -> None:
    """Refuse what unpacks to more than anybody's list: zipfile reads no more than is declared."""
    file.seek(0)
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged() from error
    if any(part.flag_bits & 1 for part in parts):
        raise protected()
    sheets = sum(p.file_size for p in parts if p.filename.startswith("xl/worksheets/"))
    texts = sum(p.file_size for p in parts if p.filename == "xl/sharedStrings.xml")
    others = sum(p.file_size for p in parts if _is_read(p.filename))
    if sheets > MOST_SHEET_BYTES or texts > MOST_TEXT_BYTES or others > MOST_OTHER_BYTES:
        raise FileError(_("The workbook unpacks to far too much. Save it as CSV and try again."))


def _is_read(name: str) -> bool:
    """Whether this part, which is neither a sheet nor the shared texts, is opened at all."""
    other = not name.startswith("xl/worksheets/") and name != "xl/sharedStrings.xml"
    return other and name.endswith((".xml", ".rels"))


def _damaged() -> FileError:
    return FileError(
        _("The workbook cannot be read; it seems to be damaged. Save it again as .xlsx or as CSV.")
    )


def protected() -> FileError:
    return FileError(
        _(
            "This is an old (.xls) or a password-protected workbook. Save it as .xlsx without a "
            "password, or as CSV, and try again."
        )
    )


def as_text(cell: Any) -> str:
    """What the spreadsheet shows, for texts, whole numbers and dates."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
