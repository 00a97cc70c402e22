"""The one clock: leases and knowledge are dated by the database, because hosts' clocks differ."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import ExpressionWrapper, fields
from django.db.models.functions import Now
from django.utils import timezone


def db_now() -> datetime:
    """The database's time, aware. An SQLite file has the clock of the host that opens it."""
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def from_now(seconds: float) -> ExpressionWrapper:
    """An expression for UPDATE: so many seconds after the database's time."""
    return ExpressionWrapper(
        Now() + timedelta(seconds=seconds), output_field=fields.DateTimeField()
    )
