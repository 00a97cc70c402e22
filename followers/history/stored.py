"""Periods as rows of Subscription."""

from typing import Any

from ..models import Subscription
from .periods import FoundBy, Period

# In the order of Period's fields.
COLUMNS = (
    *("began_at", "began_by", "began_after", "source", "scene"),
    *("ended_at", "ended_by", "ended_after", "ended_before", "ended_confirmed"),
)
_TEXTS = ("began_by", "ended_by")


def period_of(row: Subscription) -> Period:
    values = {name: getattr(row, name) for name in COLUMNS}
    for name in _TEXTS:
        values[name] = FoundBy(values[name]) if values[name] else None
    return Period(**values)


def in_order(row: Subscription) -> tuple[Any, ...]:
    """In the order of a life. What has no beginning came first, what has no end comes last."""
    return (
        row.began_at is not None,
        row.ended_at is None,
        row.began_at or row.ended_at,
        row.ended_at,
        row.pk,
    )


def set_period(row: Subscription, period: Period) -> Subscription:
    for name in COLUMNS:
        value = getattr(period, name)
        setattr(row, name, (value or "") if name in _TEXTS else value)
    return row
