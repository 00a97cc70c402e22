"""The XML of a sheet and of the texts that its cells share, walked as it streams."""

import re
from collections.abc import Iterable, Iterator
from pyexpat import ExpatError, ParserCreate

from openpyxl.utils.escape import unescape

from . import bounds
from .delimited import Row
from .errors import FileError
from .numbers import Formats
from .report import Report

_DIGITS = "0123456789"
# Errors that are known as such by their text alone.
_ERROR = re.compile(r"#[^\s\d#][^\s#]{0,20}[!?]|#N/A")


class Walk:
    """An XML stream: tags without their prefix, text within those that have any.

    Declarations of entities are refused, and so is a tag or a text longer than any cell has.
    """

    def __init__(self) -> None:
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._first
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.text: list[str] | None = None
        self.length = 0

    def _refuse(self, *_declaration: object) -> None:
        raise FileError("damaged")

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        """The root tells the prefix: some programs write <x:row> for <row>."""
        self.named(name[: name.rfind(":") + 1])
        self.parser.StartElementHandler = self.start
        self.start(name, attributes)

    def named(self, prefix: str) -> None:
        raise NotImplementedError

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def data(self, text: str) -> None:
        if self.text is not None:
            self.length += len(text)
            if self.length > bounds.MAX_CELL_CHARS:
                raise FileError("cell_too_long")
            self.text.append(text)

    def feed(self, blocks: Iterable[bytes]) -> Iterator[None]:
        """Yields after each block, and at the end. Raises FileError."""
        fed = 0
        try:
            for block in blocks:
                self.parser.Parse(block)
                fed += len(block)
                # What expat holds back is one tag that has not ended.
                if fed - self.parser.CurrentByteIndex > bounds.MAX_TOKEN_BYTES:
                    raise FileError("damaged")
                yield
            self.parser.Parse(b"", True)
        except ExpatError as error:
            raise FileError("damaged") from error
        yield


class _SharedTexts(Walk):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.total = 0
        self._aloud = False

    def named(self, prefix: str) -> None:
        self._item, self._t, self._how = prefix + "si", prefix + "t", prefix + "rPh"
        self._parts: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._t and not self._aloud:
            self.text = self._parts
        elif name == self._how:
            self._aloud = True

    def end(self, name: str) -> None:
        if name == self._t:
            self.text = None
        elif name == self._how:
            self._aloud = False
        elif name == self._item:
            text = _unescaped("".join(self._parts))
            self._parts.clear()
            self.length = 0
            self.total += len(text)
            self.found.append(text)
            if self.total > bounds.MAX_SHARED_CHARS or len(self.found) > bounds.MAX_SHARED_TEXTS:
                raise FileError("unpacks_to_too_much")


def shared_texts(blocks: Iterable[bytes]) -> list[str]:
    """The texts that cells name by their number."""
    walk = _SharedTexts()
    for _ in walk.feed(blocks):
        pass
    return walk.found


class Sheet(Walk):
    """Rows with their numbers, whether they are hidden, and their cells as text."""

    def __init__(self, texts: list[str], formats: Formats, report: Report) -> None:
        super().__init__()
        self.texts, self.formats, self.report = texts, formats, report
        self._done: list[Row] = []
        self._cells: list[str | None] = []
        self._number, self._hidden, self._place, self._count = 0, False, -1, 0
        self._type = self._style = ""
        self._formula = self._aloud = self._valued = False
        self._parts: list[str] = []
        self._columns: dict[str, int] = {}

    def rows(self, blocks: Iterable[bytes]) -> Iterator[Row]:
        for _ in self.feed(blocks):
            yield from self._done
            self._done.clear()

    def named(self, prefix: str) -> None:
        names = ("row", "c", "v", "t", "f", "rPh", "col", "mergeCell")
        self._row, self._c, self._v, self._t, self._f, self._how, self._col, self._merge = (
            prefix + name for name in names
        )

    # --- tags, the most frequent first ------------------------------------------------------------

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._begin_cell(attributes)
        elif name == self._v or (name == self._t and not self._aloud):
            self.text, self._valued = self._parts, True
        elif name == self._row:
            self._begin_row(attributes)
        elif name == self._f:
            self._formula = True
        elif name == self._how:
            self._aloud = True
        elif name == self._merge:
            self.report.merged += 1
        elif name == self._col and _is_on(attributes.get("hidden")):
            first, last = int(attributes["min"]), int(attributes["max"])
            self.report.hidden_columns += range(first - 1, min(last, bounds.MAX_COLUMNS))

    def end(self, name: str) -> None:
        if name == self._v or name == self._t:
            self.text = None
        elif name == self._c:
            self._end_cell()
        elif name == self._row:
            self._done.append((self._number, self._hidden, self._cells))
        elif name == self._how:
            self._aloud = False

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._number = int(attributes.get("r") or self._number + 1)
        if self._number > bounds.MAX_SHEET_ROWS:
            raise FileError("too_many_lines")
        self._hidden = _is_on(attributes.get("hidden"))
        self._cells, self._place, self._count = [], -1, 0

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._place = self._column(place.rstrip(_DIGITS)) if place else self._place + 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._formula = self._valued = False
        self._count += 1
        if self._count > bounds.MAX_ROW_CELLS:
            raise FileError("too_many_columns")

    def _end_cell(self) -> None:
        raw = "".join(self._parts)
        self._parts.clear()
        self.length = 0
        text = self._shown(raw) if raw or self._type == "e" else ""
        if self._formula and not raw and not (self._valued and self._type == "str"):
            self.report.uncalculated += 1
            self._put(None)
        elif text:
            self._put(text)

    def _put(self, text: str | None) -> None:
        if self._place >= bounds.MAX_COLUMNS:
            raise FileError("too_many_columns")
        cells = self._cells
        cells.extend([""] * (self._place - len(cells) + 1))
        cells[self._place] = text

    def _shown(self, raw: str) -> str:
        match self._type:
            case "s":
                return self.texts[int(raw)]
            case "inlineStr" | "str":
                return _unescaped(raw)
            case "n":
                return self.formats.shown(raw, int(self._style or 0))
            case "b":
                return "TRUE" if raw.strip() == "1" else "FALSE"
            case "d":
                return raw.removesuffix("T00:00:00").replace("T", " ")
            case "e":
                return raw if _ERROR.fullmatch(raw) else "#ERROR!"
        return raw

    # --- places -----------------------------------------------------------------------------------

    def _column(self, letters: str) -> int:
        """A → 0, AB → 27."""
        if letters not in self._columns:
            number = 0
            for letter in letters[:4].upper():
                number = number * 26 + ord(letter) - 64
            self._columns[letters] = number - 1
        return self._columns[letters]


def _is_on(value: str | None) -> bool:
    return value in ("1", "true")


def _unescaped(text: str) -> str:
    """Excel writes control characters as _x000D_, and others pictures in two halves.

    A half on its own is no character: U+FFFD is left of it.
    """
    if "_x" not in text:
        return text
    return unescape(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
