"""Lines of a table that are left out, and why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """Why a line is left out; lines are counted from 1, the header included.

    cells: the row as the file has it.
    """

    number: int
    text: str
    cells: list[str | None] = field(default_factory=list, compare=False, repr=False)
