"""At which hours of the week people come."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from followers.files.columns import HOUR_COLUMNS
from followers.statistics.hours import hours_of_week

from ..shared.formats import format_number
from .figure import Figure
from .known import shown, why_nothing
from .scope import Scope
from .table import Table


def hours_figure(scope: Scope) -> Figure:
    hours = hours_of_week(scope.counted, scope.days)
    joined = sum(row.joined for row in scope.rows)
    known = sum(map(sum, hours))
    largest = max(max(day) for day in hours)
    rows = [
        (str(WEEKDAYS[number]), *(shown(it, scope.counted, scope.days) for it in day))
        for number, day in enumerate(hours)
    ]

    def heat(row: int, name: str) -> float | None:
        return hours[row][int(name)] / largest if name.isdecimal() and largest else None

    notices = []
    if known < joined:
        facts = {"known": format_number(known), "joined": format_number(joined)}
        text = _(
            "The hour is known of %(known)s of the %(joined)s who joined. A list says that "
            "somebody follows, not since when: their profile does."
        )
        notices = [text % facts]
    return Figure(
        key="hours",
        title=_("When people come"),
        meaning=_(
            "Subscriptions that began in the period, by weekday and hour of their beginning, where "
            "the time is exactly known."
        ),
        table=Table(HOUR_COLUMNS, rows, heat=heat),
        scope=scope,
        notices=notices,
        empty=""
        if known
        else why_nothing(scope, _("Of nobody who joined in this period is the hour known.")),
    )
