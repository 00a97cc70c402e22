"""The account's advisory lock."""

from django.db import connection

# PostgreSQL's advisory locks share one space of pairs of numbers; this is ours.
LOCK = 20_761


def advisory_lock(account_id: int) -> None:
    """Within a transaction: changes of an account, and what syncs believe, one after the other."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, account_id])
