"""Django's PostgreSQL, also behind a pooler that lends a server for one transaction at a time.

Nothing that we tell the server outlives the transaction in which it is told (docs/architecture.md,
"Nothing outlives a transaction").
"""

from typing import Any

from django.db.backends.postgresql import base

# How long a statement may wait for a lock, and how long a transaction may stand still: then the
# server ends it, so that a process which froze within one lets go of what the others wait for.
LIMITS = "SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '30s'"


class DatabaseWrapper(base.DatabaseWrapper):
    """Every outermost `transaction.atomic` is limited; statements outside of one are not.

    A second transaction after `transaction.set_autocommit(False)`, which nobody here calls, would
    have no limits.
    """

    def _set_autocommit(self, autocommit: bool) -> None:
        try:
            super()._set_autocommit(autocommit)  # type: ignore[misc]
            if not autocommit:
                self._limit()
        except BaseException:
            # Atomic has not begun and will not clean up: the driver would stay in a transaction
            # that nobody commits, or the connection that broke would be used again.
            self.close()
            raise

    def _limit(self) -> None:
        # Not through Django's cursor: this is no query of whoever begins the transaction.
        with self.wrap_database_errors:
            self.connection.execute(LIMITS)

    def chunked_cursor(self) -> Any:
        """On the server within a transaction; outside of one the whole result comes at once.

        A cursor WITH HOLD belongs to the server's session, and the next FETCH may meet another.
        """
        return self.cursor() if self.get_autocommit() else super().chunked_cursor()
