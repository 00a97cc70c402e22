"""A period beside another one of the same length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from followers.files.columns import COMPARED_COLUMNS
from followers.statistics.days import DayRange, first_day
from followers.statistics.figures import DayRow

from .figure import Figure
from .known import shown
from .scope import Scope
from .table import Table
from .words import NUMBER_NAMES


def compared_figure(scope: Scope) -> Figure:
    other = scope.compared or scope.days.before()
    both = scope if scope.compared else replace(scope, compared=other)
    now, before = _sums(scope, both.rows), _sums(scope, both.compared_rows)
    rows = [
        (str(NUMBER_NAMES[name]), now[name], before[name], *_change(now[name], before[name]))
        for name in now
    ]
    notices = []
    firsts = [day for account in scope.counted if (day := first_day(account))]
    if any(day >= other.first for day in firsts):
        notices = [
            _(
                "The period compared with is not known as a whole: it lies, in part, before the "
                "first complete sync."
            )
        ]
    facts = {
        "first": scope.days.first,
        "last": scope.days.last,
        "other_first": other.first,
        "other_last": other.last,
    }
    return Figure(
        key="compared",
        title=_("Compared"),
        meaning=_("%(first)s to %(last)s beside %(other_first)s to %(other_last)s.") % facts,
        table=Table(COMPARED_COLUMNS, rows),
        scope=scope,
        notices=notices,
    )


def _sums(scope: Scope, rows: Sequence[DayRow]) -> dict[str, int | None]:
    """total: at the end of the last day."""
    days = DayRange(rows[0].date, rows[-1].date)
    joined, left = sum(row.joined for row in rows), sum(row.left for row in rows)
    counts = {"joined": joined, "left": left, "net": joined - left}
    known = {name: shown(number, scope.counted, days) for name, number in counts.items()}
    return {**known, "total": rows[-1].total}


def _change(now: int | None, before: int | None) -> tuple[int | None, float | None]:
    """By how many, and by which share of the other; None where there is nothing to compare."""
    if now is None or before is None:
        return None, None
    return now - before, (now - before) / before if before > 0 else None
