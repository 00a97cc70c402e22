"""The migrations since the version before 0009_history, and the first recount of the figures."""

import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from followers.history.recount import recount
from followers.models import OfficialAccount


def run(_followers: int) -> dict[str, float]:
    size = _size()
    began = time.perf_counter()
    call_command("migrate", verbosity=0)
    migration = time.perf_counter() - began
    growth = _size() - size
    began = time.perf_counter()
    recount(OfficialAccount.objects.get().pk)
    seconds = time.perf_counter() - began
    return {"size": size, "migration": migration, "growth": growth, "recount": seconds}


def _size() -> int:
    """Bytes of the database; of SQLite without its write-ahead log."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(connection.settings_dict["NAME"]).stat().st_size
