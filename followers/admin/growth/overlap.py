"""People who follow two accounts."""

from __future__ import annotations

from itertools import combinations

from django.utils.translation import gettext as _

from followers.files.columns import OVERLAP_COLUMNS
from followers.formats import format_datetime
from followers.statistics.overlap import overlap

from .figure import Figure
from .scope import Scope
from .table import Table

# Of many accounts, only pairs that share most are of interest to anybody.
MAX_PAIRS = 200


def overlap_figure(scope: Scope) -> Figure:
    """Pairs of the user's own accounts; only those with the chosen one, if there is one."""
    found = overlap(scope.own)
    rows = []
    for one, other in combinations([it for it in scope.own if it.baseline_at], 2):
        people = found.people(one.pk, other.pk)
        if people is None or (scope.account and scope.account not in (one, other)):
            continue
        of_one, of_other = found.identified[one.pk], found.identified[other.pk]
        shares = (people / of_one if of_one else None, people / of_other if of_other else None)
        rows.append((one.name, of_one, other.name, of_other, people, *shares))
    rows.sort(key=lambda row: -row[4])
    counted_at = format_datetime(found.counted_at)
    return Figure(
        key="overlap",
        title=_("Followers of two accounts"),
        meaning=_(
            "Present followers with the same unionid. WeChat tells it of accounts that are bound "
            "to one Open Platform account, and of followers whose details were read."
        ),
        table=Table(OVERLAP_COLUMNS, rows[:MAX_PAIRS]),
        scope=scope,
        notices=[_("As of %(time)s; counted every night.") % {"time": counted_at}] if rows else [],
        empty="" if rows else _empty(scope),
    )


def _empty(scope: Scope) -> str:
    if len(scope.own) < 2:
        return _("With one account there is nothing to compare.")
    return _("The overlap has not been counted yet. It is counted every night.")
