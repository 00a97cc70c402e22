"""The lines of a file that are left out, as a file: to be put right and imported again."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from ..export import BOM
from ..files.cells import escape_formula
from ..files.problems import Problem
from .reading import Table

# Of a piece. Lines may be wide: their number would bound nothing.
PIECE_CHARS = 64_000


def left_out_csv(table: Table, problems: Iterable[Problem]) -> Iterator[str]:
    """Those of a table of followers, a piece at a time: there may be more than memory holds.

    Raises FileError before the first piece where there are too many lines. A file has one width,
    which only its end tells: the lines are read for that alone first.
    """
    titles = _titles(table)
    width = max([len(titles), *{len(line.cells) for line in table.lines()}])
    # By the time that it is sent, the request's language is gone.
    return _in_language(get_language(), _pieces(titles, width, iter(problems)))


def write_left_out(path: Path | None, table: Table, problems: Iterator[Problem]) -> None:
    """Go through all problems, and write them to a file, if there is to be one, as they come."""
    if path is None:
        deque(problems, maxlen=0)
        return
    pieces = left_out_csv(table, problems)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


def problems_csv(titles: list[str], problems: list[Problem]) -> str:
    """The same of few lines, as one text."""
    width = max([len(titles), *(len(problem.cells) for problem in problems)])
    return "".join(_pieces(titles, width, iter(problems)))


def _titles(table: Table) -> list[str]:
    """As the file has them, or what was chosen by hand: the import knows both again."""
    titles = list(table.header.titles)
    for name, place in table.header.columns.items():
        titles += [""] * (place + 1 - len(titles))
        titles[place] = titles[place] if table.is_known(place) else name
    return titles


def _pieces(titles: list[str], width: int, problems: Iterator[Problem]) -> Iterator[str]:
    """Each row as it stands in the file, and behind it its number there and the reason."""
    page = io.StringIO()
    writer = csv.writer(page)
    page.write(BOM)
    writer.writerow([*_padded(titles, width), _("line"), _("reason")])
    for problem in problems:
        cells = [escape_formula(cell) for cell in _padded(problem.cells, width)]
        writer.writerow([*cells, problem.number, escape_formula(problem.text)])
        if page.tell() >= PIECE_CHARS:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _padded(cells: "list[str | None] | list[str]", width: int) -> list[str]:
    return [*(cell or "" for cell in cells), *[""] * (width - len(cells))]


def _in_language(language: str | None, pieces: Iterator[str]) -> Iterator[str]:
    """The reasons are put into words while the pieces are made."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
