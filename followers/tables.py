"""CSV files that people bring: their encoding and separator found out, read a line at a time."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain
from typing import BinaryIO

from django.utils.translation import gettext as _

ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = ",\t;"
BLOCK = 1 << 20


class FileError(ValueError):
    """The file as a whole cannot be read; the message says why, in the active language."""


@dataclass(frozen=True)
class Problem:
    """Why a line is left out; lines are counted from 1, the header included."""

    number: int
    text: str


def csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    """The cells of each row of a file in UTF-8 or GB18030, in memory that does not grow with it.

    A row without cells stands for an empty line. Raises FileError, at the line in question.
    """
    encoding = _encoding(file)
    file.seek(0)
    text = TextIOWrapper(file, encoding, newline="")
    try:
        yield from _rows(text)
    finally:
        # The file is its owner's to close, who may have done so.
        if not text.closed:
            text.detach()


def _encoding(file: BinaryIO) -> str:
    for encoding in ENCODINGS:
        try:
            if _is_text(file, encoding):
                return encoding
        except UnicodeDecodeError:
            continue
    raise FileError(_("The file is no text in UTF-8 or GB18030. Save it as CSV and try again."))


def _is_text(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while block := file.read(BLOCK):
        if "\0" in decoder.decode(block):
            return False
    decoder.decode(b"", final=True)
    return True


def _rows(text: TextIOWrapper) -> Iterator[list[str]]:
    header = text.readline()
    # Strictly, because a quote that is never closed would make one cell of all lines below it.
    delimiter = max(SEPARATORS, key=header.count)
    rows = csv.reader(chain([header], text), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in rows:
            yield cells
            begin = rows.line_num + 1
    except csv.Error:
        sentence = _(
            "The file cannot be read as CSV from line %(line)s on. Is a quotation mark missing "
            "there?"
        )
        raise FileError(sentence % {"line": begin}) from None
