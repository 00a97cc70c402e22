"""What kind of file it is, by its beginning: what it is called says nothing."""

from collections.abc import Iterator
from typing import BinaryIO

from . import bounds
from .delimited import Progress, Row, csv_rows
from .errors import FileError
from .report import Report

# How every .xlsx begins, and what Excel makes of old (.xls) and of password-protected workbooks.
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
# Web pages and XML that some systems hand out as .xls.
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<meta", b"<table", b"<?xml")
_DOCUMENTS = (b"%PDF", b"{\\rtf")
_BLANKS = b"\xef\xbb\xbf \r\n\t"


def read_rows(file: BinaryIO, report: Report, progress: Progress) -> Iterator[Row]:
    """Number, whether it is hidden, and cells of each row of any file that can be read.

    A cell that is None holds a formula that was never calculated. Raises FileError.
    """
    size = file.seek(0, 2)
    file.seek(0)
    beginning = file.read(512)
    if size > bounds.MAX_UPLOAD_BYTES:
        raise FileError("too_large_upload")
    if not beginning.strip(_BLANKS):
        raise FileError("empty")
    if beginning.startswith(OLE):
        raise FileError("locked" if _LOCKED in beginning + file.read(1 << 20) else "xls")
    if beginning.startswith(ZIP):
        # openpyxl takes longer to import than most CSV files to read.
        from .workbook import workbook_rows

        return workbook_rows(file, report, progress)
    if beginning.startswith(_DOCUMENTS):
        raise FileError("no_table")
    if beginning.lstrip(_BLANKS).lower().startswith(_MARKUP):
        raise FileError("markup")
    return csv_rows(file, report, progress)
