"""The advisory locks of an account, held until the transaction ends.

Whoever takes several locks takes them in this order, so that nobody waits in a circle: the one of
its runs, the row of a run, the one of its followers, the row of the account.
"""

from .dialect import dialect

# PostgreSQL's advisory locks are pairs of numbers; the first one is this application's.
LOCK_SPACE, RUNS_LOCK_SPACE = 20_761, 20_762


def advisory_lock(account_id: int) -> None:
    """Serialize changes of an account's followers and commits of its syncs."""
    dialect().advisory_lock(LOCK_SPACE, account_id)


def runs_lock(account_id: int) -> None:
    """Serialize what creates, claims or applies runs of an account."""
    dialect().advisory_lock(RUNS_LOCK_SPACE, account_id)
