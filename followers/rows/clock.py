"""The one clock: leases and knowledge are dated by the database, because hosts' clocks differ."""

from datetime import datetime, timedelta

from django.db.models import ExpressionWrapper, Q, fields
from django.db.models.functions import Now

from .dialect import dialect


def db_now() -> datetime:
    """The database's time, aware. An SQLite file has the clock of the host that opens it."""
    return dialect().now()


def from_now(seconds: float) -> ExpressionWrapper:
    """An expression for UPDATE: so many seconds after the database's time."""
    return ExpressionWrapper(
        Now() + timedelta(seconds=seconds), output_field=fields.DateTimeField()
    )


def in_force(field: str, longest: float) -> Q:
    """Rows whose time in `field` is still to come, and no further off than `longest` seconds.

    Nothing is ever put off for longer than its rule allows; what seems to be was dated by a clock
    that was ahead, and counts as over.
    """
    return Q((f"{field}__gte", Now()), (f"{field}__lte", from_now(longest)))


def is_over(field: str, longest: float) -> Q:
    """The other rows: whose time has come, or was dated by a clock that was ahead."""
    return Q((f"{field}__lt", Now())) | Q((f"{field}__gt", from_now(longest)))


def is_in_force(moment: datetime, longest: float) -> bool:
    """What in_force says of a field, of a time at hand."""
    return timedelta() < moment - db_now() <= timedelta(seconds=longest)
