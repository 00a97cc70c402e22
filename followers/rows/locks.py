"""The advisory lock of an account."""

from .dialect import dialect

# PostgreSQL's advisory locks are pairs of numbers; the first one is this application's.
LOCK_SPACE = 20_761


def advisory_lock(account_id: int) -> None:
    """Serialize changes of an account and commits of its syncs; held until the transaction ends."""
    dialect().advisory_lock(LOCK_SPACE, account_id)
