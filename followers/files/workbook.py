"""The first visible sheet of an Excel workbook (.xlsx, .xlsm), a row at a time.

openpyxl reads what the workbook says of itself: its sheets and what numbers look like. The cells
are walked here, as they stream: openpyxl makes a whole row of them before anybody can count, does
not tell which rows are hidden and takes a formula without a value for an empty cell.
"""

import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO
from zipfile import ZipFile

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS

from . import bounds
from .delimited import Progress, Row
from .errors import FileError
from .numbers import Formats
from .report import Report
from .sheet import Sheet, shared_texts

_STRICT = b"http://purl.oclc.org/ooxml/"
# Other formats that are archives as well, by a part that only they have.
_OTHERS = {
    "xl/workbook.bin": "xlsb",
    "content.xml": "ods",
    "Index/Document.iwa": "numbers",
    "Index.zip": "numbers",
    "word/document.xml": "no_table",
    "ppt/presentation.xml": "no_table",
}


def workbook_rows(file: BinaryIO, report: Report, progress: Progress) -> Iterator[Row]:
    """Number, whether it is hidden, and cells of each row that the sheet has.

    None stands for a formula that was never calculated. Raises FileError.
    """
    try:
        book, archive, part, strings = _open(file, report)
        texts = []
        if strings:
            with archive.open(strings) as stream:
                texts = shared_texts(_bounded(archive, strings, stream))
        with archive.open(part) as stream:
            sheet = Sheet(texts, Formats(book), report)
            yield from sheet.rows(_measured(archive, part, stream, progress))
    except (FileError, MemoryError):
        raise
    # A damaged workbook can raise anything at any depth of the XML.
    except Exception as error:
        raise FileError("damaged") from error


def _open(file: BinaryIO, report: Report) -> tuple[Any, ZipFile, str, str]:
    """The book, its archive, and the parts of the sheet to read and of the shared texts."""
    _check_parts(file)
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    _check_format(reader.archive)
    reader.read_manifest()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    shared = reader.package.find(SHARED_STRINGS)
    strings = shared.PartName[1:] if shared is not None else ""
    return reader.wb, reader.archive, _choose(reader, report), strings


def _choose(reader: ExcelReader, report: Report) -> str:
    """What people see first is what they mean."""
    sheets = [
        (sheet, rel)
        for sheet, rel in reader.parser.find_sheets()
        if rel.Type.endswith("/worksheet") and rel.target in reader.valid_files
    ]
    visible = [(sheet, rel) for sheet, rel in sheets if sheet.state == "visible"]
    if not visible:
        raise FileError("no_visible_sheet" if sheets else "damaged")
    report.sheet, *report.other_sheets = [sheet.name for sheet, _rel in visible]
    report.hidden_sheets = len(sheets) - len(visible)
    return str(visible[0][1].target)


def _check_parts(file: BinaryIO) -> None:
    """Refuse what says itself that it is too large: zipfile reads no more than is declared."""
    file.seek(0)
    try:
        parts = ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileError("damaged") from error
    if any(part.flag_bits & 1 for part in parts):
        raise FileError("locked")
    others = sum(part.file_size for part in parts if _is_read_whole(part.filename))
    whole = sum(part.file_size for part in parts if part.filename.startswith("xl/worksheets/"))
    if (
        len(parts) > bounds.MAX_PARTS
        or others > bounds.MAX_OTHER_PART_BYTES
        or whole > bounds.MAX_UNPACKED_BYTES
    ):
        raise FileError("unpacks_to_too_much")


def _is_read_whole(name: str) -> bool:
    streamed = name.startswith("xl/worksheets/") or name.lower() == "xl/sharedstrings.xml"
    return not streamed and name.endswith((".xml", ".rels"))


def _check_format(archive: ZipFile) -> None:
    names = set(archive.namelist())
    for part, code in _OTHERS.items():
        if part in names:
            raise FileError(code)
    if "xl/workbook.xml" in names and _STRICT in archive.read("xl/workbook.xml"):
        raise FileError("strict_xlsx")


def _measured(archive: ZipFile, part: str, stream: Any, progress: Progress) -> Iterator[bytes]:
    size = max(archive.getinfo(part).file_size, 1)
    done = 0
    for block in _bounded(archive, part, stream):
        yield block
        done += len(block)
        progress(done / size)


def _bounded(archive: ZipFile, part: str, stream: Any) -> Iterator[bytes]:
    """The part in pieces, until it is more than anybody's list."""
    packed = max(archive.getinfo(part).compress_size, 1)
    done = 0
    while block := stream.read(1 << 16):
        done += len(block)
        swollen = done > bounds.RATIO_COUNTS_FROM and done > packed * bounds.MAX_RATIO
        if done > bounds.MAX_UNPACKED_BYTES or swollen:
            raise FileError("unpacks_to_too_much")
        yield block
