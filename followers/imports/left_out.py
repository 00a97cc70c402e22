"""The lines of a file that are left out, as a file: to be put right and imported again."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation import get_language, override

from ..files.cell_types import TEXT
from ..files.columns import LEFT_OUT_COLUMNS, Column
from ..files.csv_writer import CsvWriter
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
    theirs = [Column(title, title, TEXT) for title in _padded(titles, width)]
    writer = CsvWriter([*theirs, *LEFT_OUT_COLUMNS])
    for problem in problems:
        writer.write([[*_padded(problem.cells, width), problem.number, problem.text]])
        if writer.size() >= PIECE_CHARS:
            yield writer.take()
    yield writer.take()


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
