"""CSV files, a row at a time, in memory that does not grow with the file."""

import csv
import re
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from itertools import chain, islice
from typing import BinaryIO

from .bounds import HEADER_WITHIN, MAX_CELL_CHARS, MAX_RECORD_CHARS
from .encodings import detect_encoding
from .errors import FileError
from .report import Report

SEPARATORS = ",\t;"
# What Excel takes as the name of the separator, and does not show.
_NAMED = re.compile(r'"?sep=(?P<mark>[,;\t|])"?[\s,;]*', re.IGNORECASE)
_MARKS = "\ufeff\u200b"

Progress = Callable[[float], None]
# Its number, whether it is hidden, and its cells.
Row = tuple[int, bool, list[str | None]]


def csv_rows(file: BinaryIO, report: Report, progress: Progress) -> Iterator[Row]:
    """Number, False (no row is hidden) and cells of each row; empty lines have a number too.

    Raises FileError, at the line in question.
    """
    size = file.seek(0, 2)
    report.encoding = detect_encoding(file)
    file.seek(0)
    text = TextIOWrapper(file, report.encoding, newline="")
    for number, cells in enumerate(_records(_lines(text)), start=1):
        if number % 1_000 == 0:
            progress(file.tell() / size)
        yield number, False, list(cells)


def _lines(text: TextIOWrapper) -> Iterator[str]:
    first = True
    while line := text.readline(MAX_RECORD_CHARS):
        if len(line) == MAX_RECORD_CHARS:
            raise FileError("line_too_long")
        # Once written, and once more by a program that took the first mark for text.
        yield line.lstrip(_MARKS) if first else line
        first = False


def _records(lines: Iterator[str]) -> Iterator[list[str]]:
    header = next(lines, "")
    if named := _NAMED.fullmatch(header):
        delimiter, header = named["mark"], next(lines, "")
    else:
        above = [header, *islice(lines, HEADER_WITHIN - 1)]
        header, lines = above[0], chain(above[1:], lines)
        # Titles above the names of columns often have none.
        telling = next((line for line in above if any(it in line for it in SEPARATORS)), "")
        delimiter = max(SEPARATORS, key=telling.count)
    # Strictly, because a quote that is never closed would make one cell of all lines below it.
    csv.field_size_limit(MAX_CELL_CHARS)
    reader = csv.reader(chain([header], lines), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            yield cells
            begin = reader.line_num + 1
    except csv.Error as error:
        # Where a quotation mark is missing, a cell grows over many lines.
        if "field limit" in str(error) and reader.line_num == begin:
            raise FileError("cell_too_long") from None
        raise FileError("broken_csv", line=begin) from None
