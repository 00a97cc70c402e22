"""The account's advisory lock."""

from .dialect import dialect

# The locks of a PostgreSQL database share one space of pairs of numbers; this is ours.
LOCK = 20_761


def advisory_lock(account_id: int) -> None:
    """Within a transaction: changes of an account, and what syncs believe, one after the other."""
    dialect().advisory_lock(LOCK, account_id)
