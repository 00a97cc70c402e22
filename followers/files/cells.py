"""Cells: how a text is written into one, and what one means that people bring."""

import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from .mojibake import is_mojibake

# Spreadsheets look past blanks and invisible marks before the sign that makes a formula of a cell.
# Apostrophes belong to the pattern so that taking one off again always gives back the original.
_RUNS = re.compile("'*[\\s\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069]*[=+\\-@\t\r＝＋－＠]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Marks that nobody sees. Joiners are left within a text, where they make one picture of several.
_MARKS = re.compile("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u00ad\u180e]")
_JOINERS = "\u200c\u200d"
# How a text is kept from being taken for a number: ="0012".
_QUOTED = re.compile('="((?:[^"]|"")*)"')
# What may follow where a function, a place or a name in a formula ends.
_MORE = r"(?:\s*[&+\-*/^=<>:!%,#].*)?"
# A formula as text: it begins as none of our texts does, with a function, a place or a number.
_FORMULA = re.compile(
    r"=[\s+\-@]*(?:"
    rf"[\w.]+\(.*\){_MORE}"  # SUM(A1)+1
    r"|\$?[A-Z]{1,3}\$?\d+\b.*"  # $A$1
    rf"|(?-i:\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}){_MORE}"  # A:A, but not v:abc
    rf"|R(?:\d+|\[-?\d+\])?C(?:\d+|\[-?\d+\]){_MORE}|R(?:\d+|\[-?\d+\])C{_MORE}"  # R[1]C[-1]
    r"|'.+'!.+|[\w.]+!\S+|\[[^\]]+\][^!\s]+!\S+"  # Sheet.1!A1, [Book1.xlsx]Sheet1!A1
    rf"|\w[\w.]*\[.+\]{_MORE}|\[@.*\]{_MORE}"  # Table1[Remark], [@Remark]
    rf"|#[A-Z/]+\d?[!?].*|#N/A{_MORE}|(?:TRUE|FALSE){_MORE}"
    r"|[\d\"].*|\(.+\).*)",
    re.I | re.S,
)
# What Excel, WPS, LibreOffice and Google Sheets show where a formula fails, or a column is narrow,
# in any language: nearly all of their errors begin with # and end with ! or ?.
_ERROR = re.compile(
    r"#(?:[^\s\d#][^\s#]{0,20}[!?]|[NIН]/[A-ZД]{1,4}|NV|DIV/0|YOK|HIÁNYZIK|GETTING_DATA|#+)"
    r"|(?:Err|Erreur|Fehler|Ошибка|错误|錯誤) ?: ?\d{3}"
    r"|(?:Loading|(?:正在)?(?:加载|載入|载入)中?) ?\.{3}",
    re.IGNORECASE,
)
_CURRENCY = r"(?:[¥$€£元]|RMB|CNY)?"
# What spreadsheets make of a number with more than eleven digits, or with more than fifteen.
_ROUNDED = re.compile(
    rf"{_CURRENCY} ?[+-]? ?{_CURRENCY} ?(?:"
    r"\d+(?:[.,]\d+)? ?E[+-]\d{1,3}"
    # Without its sign, 1E5 may be a room, but 1.38e10 is none.
    r"|\d+[.,]\d+ ?E\d{2,3}"
    r"|\d+[.,]\d+ ?[×x*] ?10\^ ?[+-]?\d{1,3}"
    rf"|[1-9]\d{{14}}0+(?:[.,]0+)?) ?{_CURRENCY}",
    re.IGNORECASE,
)
# 123,456,789
_GROUPED = re.compile(r"(?<=\d)[, '](?=\d{3}(?!\d))")
# Bytes that found no character of their own.
_QUESTIONS = re.compile(r"\?{2,}")
# How all of these begin.
_SUSPECT = re.compile(r"\s*[#＃efо错錯l正加載载\d+\-＋－¥￥$€£＄￡元rc?]", re.IGNORECASE)

FLAWS = {
    "error": noop("“%(text)s” is the error of a formula, not a value: put right the formula."),
    "rounded": noop(
        "“%(text)s” is a number that a spreadsheet has rounded. Format the cell as text and enter "
        "the number again."
    ),
    "mojibake": noop(
        "“%(text)s” has characters that nobody writes: the text was once read in a wrong encoding. "
        "Enter it again."
    ),
}
UNCALCULATED = noop(
    "The column %(name)s holds a formula that was never calculated. Open the file in Excel or WPS, "
    "save it, and import it again."
)


def escape_formula(text: str) -> str:
    """`text` as a cell that no spreadsheet runs: a leading apostrophe where it would.

    Control characters other than tab, line feed and carriage return are dropped.
    """
    text = _CONTROL.sub("", text)
    return f"'{text}" if _RUNS.match(text) else text


def unescape_formula(cell: str) -> str:
    """The text that `escape_formula` made this cell of, apart from dropped control characters."""
    return cell[1:] if cell[:1] == "'" and _RUNS.match(cell) else cell


def read_cell(cell: str | None) -> str | None:
    """The text that a cell means: without what a spreadsheet needs, marks that nobody sees, and
    blanks around it. None: a formula that was never calculated.
    """
    if cell is None:
        return None
    text = plain(cell)
    literal = unescape_formula(text)
    if literal != text:
        return plain(literal)
    if text[:1] != "=":
        return text
    if quoted := _QUOTED.fullmatch(text):
        return plain(quoted[1].replace('""', '"'))
    return None if _FORMULA.fullmatch(text) else text


def plain(text: str) -> str:
    """A text as it looks; two that look alike are the same."""
    # Nothing in it but letters, signs and blanks: nearly all texts are done with here.
    if text.isprintable():
        return text.strip()
    text = _MARKS.sub("", _CONTROL.sub("", text)).replace("\r\n", "\n")
    return text.strip().strip(_JOINERS).strip()


def read_id(text: str) -> str:
    """An openid or unionid as somebody pasted it: ids are ASCII without blanks."""
    found = read_cell(text.strip('"') if text.count('"') == 2 and text[:1] == '"' else text) or ""
    return found.strip(_JOINERS) if found.isascii() else re.sub(f"[{_JOINERS}]", "", found)


def flaw(text: str) -> str:
    """Why a text is none that anybody meant, in the active language; "" where it may be one."""
    return _(FLAWS[kind]) % {"text": text[:40]} if (kind := _flaw(text)) else ""


def _flaw(text: str) -> str:
    if _SUSPECT.match(text):
        shown = unicodedata.normalize("NFKC", text).strip()
        if _ERROR.fullmatch(shown):
            return "error"
        if _ROUNDED.fullmatch(shown) or _ROUNDED.fullmatch(_GROUPED.sub("", shown)):
            return "rounded"
        if _QUESTIONS.fullmatch(text):
            return "mojibake"
    return "mojibake" if is_mojibake(text) else ""
