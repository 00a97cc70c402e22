"""What is to be told of a table beside its rows."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """Filled while a file is read.

    sheet: the one that was read, "" for CSV; other_sheets: names of visible ones that were not.
    rows: those with anything in them; hidden_rows: how many of them a filter or a person has
    hidden; hidden_columns: places, from 0. uncalculated: cells with a formula and no value.
    merged: ranges of cells that were made one, whose first cell alone has the text.
    """

    encoding: str = ""
    sheet: str = ""
    other_sheets: list[str] = field(default_factory=list)
    hidden_sheets: int = 0
    rows: int = 0
    hidden_rows: int = 0
    hidden_columns: list[int] = field(default_factory=list)
    uncalculated: int = 0
    merged: int = 0
