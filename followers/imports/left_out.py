"""The lines of a file that are left out, as a file: to be put right and imported again."""

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from ..export import BOM
from ..files.cells import escape_formula
from ..files.problems import Problem
from .reading import Table


def left_out_csv(table: Table, problems: Iterable[Problem]) -> str:
    """Those of a table of followers."""
    return problems_csv(_titles(table), problems)


def _titles(table: Table) -> list[str]:
    """As the file has them, or what was chosen by hand: the import knows both again."""
    titles = list(table.header.titles)
    for name, place in table.header.columns.items():
        titles += [""] * (place + 1 - len(titles))
        titles[place] = titles[place] if table.is_known(place) else name
    return titles


def problems_csv(titles: list[str], problems: Iterable[Problem]) -> str:
    """Each row as it stands in the file, and behind it its number there and the reason."""
    found = list(problems)
    width = max([len(titles), *(len(problem.cells) for problem in found)])
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow([*_padded(titles, width), _("line"), _("reason")])
    for problem in found:
        cells = [escape_formula(cell or "") for cell in _padded(problem.cells, width)]
        writer.writerow([*cells, problem.number, escape_formula(problem.text)])
    return BOM + page.getvalue()


def _padded(cells: "list[str | None] | list[str]", width: int) -> list[str]:
    return [*(cell or "" for cell in cells), *[""] * (width - len(cells))]
