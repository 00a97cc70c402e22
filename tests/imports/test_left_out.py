"""The file of the lines left out: as wide as the table, and never in memory as a whole."""

import json
import tempfile
import tracemalloc

from django.utils.translation import override

from followers.files.problems import Problem
from followers.files.reading import Reading
from followers.files.report import Report
from followers.imports.left_out import PIECE_CHARS, left_out_csv, write_left_out
from followers.imports.options import Options
from followers.imports.reading import Table

WIDTH = 100
LINES = 5_000


def wide_table(file):
    """5 MB."""
    titles = ["openid", "remark", *[""] * (WIDTH - 2)]
    for number, cells in enumerate([titles, *[["0123456789"] * WIDTH] * LINES], 1):
        file.write(f"{json.dumps([number, 0, *cells])}\n".encode())
    return Table(Reading(Report(rows=LINES), file), Options())


def problems_of(table):
    return (Problem(line.number, "Why", line.cells) for line in table.lines())


def test_many_wide_lines_take_no_memory(tmp_path):
    path = tmp_path / "left.csv"
    with tempfile.TemporaryFile() as file:
        table = wide_table(file)
        tracemalloc.start()
        try:
            pieces = left_out_csv(table, problems_of(table))
            sizes = [len(piece) for piece in pieces]
            write_left_out(path, table, problems_of(table))
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert sum(sizes) > LINES * WIDTH * 10
    assert max(sizes) < 2 * PIECE_CHARS
    assert most < 2_000_000
    assert path.stat().st_size > LINES * WIDTH * 10


def test_the_language_is_that_of_whoever_asked(tmp_path):
    with tempfile.TemporaryFile() as file:
        table = wide_table(file)
        with override("zh-hans"):
            pieces = left_out_csv(table, problems_of(table))
        assert "原因" in next(pieces)
