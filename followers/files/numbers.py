"""Numbers and dates of a workbook, as the spreadsheet shows them."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

# Spreadsheets keep fifteen digits; what has more was rounded already.
FIRST_ROUNDED = 10**15
_ZEROS = re.compile(r"0{2,}")
_PERCENT = re.compile(r"0(?:\.(0+))?%")
# The codes that every workbook has without naming them.
_BUILTIN = {9: "0%", 10: "0.00%"}


class Formats:
    """What the styles of a workbook make of a number. Without a workbook: plain numbers."""

    def __init__(self, book: Any = None) -> None:
        self._book = book
        self._dates = book._date_formats if book else ()
        self._spans = book._timedelta_formats if book else ()
        self._epoch = book.epoch if book else WINDOWS_EPOCH
        self._code = cache(self._look_up)

    def shown(self, raw: str, style: int) -> str:
        """raw: the number as the file writes it; style: the cell's, 0 where it has none."""
        try:
            number = float(raw)
        except ValueError:
            return raw
        if style in self._dates:
            try:
                span = style in self._spans
                return moment_text(from_excel(number, self._epoch, timedelta=span))
            except (ValueError, OverflowError):
                return number_text(number)
        return number_text(number, self._code(style))

    def _look_up(self, style: int) -> str:
        from_book = self._book._cell_styles if self._book else []
        if not 0 <= style < len(from_book):
            return "General"
        number = from_book[style].numFmtId
        own = number - 164
        if 0 <= own < len(self._book._number_formats):
            return str(self._book._number_formats[own])
        return _BUILTIN.get(number, "General")


def number_text(number: float, code: str = "General") -> str:
    """Codes with leading zeros and shares as they are shown; of other numbers, all digits.

    A number that the spreadsheet has rounded is written as spreadsheets show it: 1.23457E+18.
    """
    number = float(number)
    if number != number or abs(number) == float("inf"):
        # As Excel says of what is more than any number.
        return "#NUM!"
    if abs(number) >= FIRST_ROUNDED:
        return f"{number:.5E}"
    if share := _PERCENT.fullmatch(code):
        return f"{number * 100:.{len(share[1] or '')}f}%"
    if not number.is_integer():
        # Never 1e-05: that looks like a number that was rounded.
        return f"{Decimal(f'{number:.15g}'):f}"
    text = str(int(number))
    return text.zfill(len(code)) if _ZEROS.fullmatch(code) and number >= 0 else text


def moment_text(moment: datetime | date | time | timedelta | None) -> str:
    if isinstance(moment, datetime):
        midnight = moment.time() == time()
        return moment.date().isoformat() if midnight else moment.isoformat(" ", "seconds")
    if isinstance(moment, time):
        return moment.isoformat("seconds")
    return "" if moment is None else str(moment)
