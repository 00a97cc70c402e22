"""Nothing, at a time of which nothing is known, is no zero."""

from __future__ import annotations

from collections.abc import Sequence

from followers.models import OfficialAccount
from followers.statistics.days import DayRange, first_day
from followers.statistics.knowledge import Knowledge, is_anything_known

from .scope import Scope
from .words import KNOWLEDGE_SENTENCES


def shown(value: int | None, accounts: Sequence[OfficialAccount], days: DayRange) -> int | None:
    """None for nothing in days of which nothing is known."""
    return value if value or is_anything_known(accounts, days) else None


def why_nothing(scope: Scope, otherwise: str) -> str:
    """What to say where there is nothing to show."""
    if is_anything_known(scope.counted, scope.days):
        return otherwise
    firsts = [day for account in scope.counted if (day := first_day(account))]
    is_before = all(day > scope.days.last for day in firsts)
    return str(KNOWLEDGE_SENTENCES[Knowledge.BEFORE if is_before else Knowledge.UNKNOWN])
