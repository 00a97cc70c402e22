"""The database's clock, which dates leases and statuses, because the clocks of hosts differ."""

from datetime import datetime, timedelta

from django.db.models import ExpressionWrapper, Q, fields
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from .dialect import dialect


def db_now() -> datetime:
    """The database's time, aware. For SQLite, it is the clock of the host that opens the file."""
    return dialect().now()


def db_now_column() -> Combinable:
    """The same as a column of rows, where these are read anyway: PostgreSQL is not asked twice."""
    return dialect().now_column()


def from_now(seconds: float) -> ExpressionWrapper:
    """An expression for UPDATE: the database's time plus so many seconds."""
    return ExpressionWrapper(
        Now() + timedelta(seconds=seconds), output_field=fields.DateTimeField()
    )


def unexpired(field: str, max_seconds: float) -> Q:
    """Rows whose time in `field` is still to come, and at most `max_seconds` away.

    No rule sets a time further away than that: such a time was set while the clock was ahead, and
    counts as expired.
    """
    return Q((f"{field}__gte", Now()), (f"{field}__lte", from_now(max_seconds)))


def expired(field: str, max_seconds: float) -> Q:
    """The opposite of `unexpired`."""
    return Q((f"{field}__lt", Now())) | Q((f"{field}__gt", from_now(max_seconds)))


def is_unexpired(expires_at: datetime, max_seconds: float) -> bool:
    """The same check as `unexpired`, for a value instead of a field."""
    return timedelta() < expires_at - db_now() <= timedelta(seconds=max_seconds)
