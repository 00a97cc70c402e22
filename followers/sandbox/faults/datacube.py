"""Faults of WeChat's own statistics: rows that are late, missing or split."""

from collections.abc import Callable
from typing import Any

from ..api import datacube
from ..api.calls import Call
from .effects import Effect, Fault
from .replies import Reply

Row = dict[str, Any]


def _rows_effect(change: Callable[[Fault, Call, list[Row]], list[Row]]) -> Effect:
    """An effect on the rows of an answer; errors are not changed."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        if reply.code == 0:
            reply.payload["list"] = change(fault, call, reply.payload["list"])

    return effect


@_rows_effect
def late(fault: Fault, call: Call, rows: list[Row]) -> list[Row]:
    """Leaves out yesterday: an empty list was observed for it alone."""
    yesterday = datacube.ref_date(datacube.yesterday(call.account))
    return [row for row in rows if row["ref_date"] != yesterday]


@_rows_effect
def rows_missing(fault: Fault, call: Call, rows: list[Row]) -> list[Row]:
    """Leaves out rows from the middle."""
    missing = min(int(fault.number("rows")), len(rows))
    start = (len(rows) - missing) // 2
    return rows[:start] + rows[start + missing :]


@_rows_effect
def rows_split(fault: Fault, call: Call, rows: list[Row]) -> list[Row]:
    """Splits each row of a day and source into two that have to be added up; not observed."""
    halves = [{name: row[name] // 2 for name in ("new_user", "cancel_user")} for row in rows]
    return [
        part
        for row, half in zip(rows, halves, strict=True)
        for part in (row | half, row | {name: row[name] - count for name, count in half.items()})
    ]
