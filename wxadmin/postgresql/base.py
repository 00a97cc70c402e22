"""Django's PostgreSQL backend, for use behind a pooler in transaction mode.

Nothing that is set on the server outlives the transaction (docs/architecture.md, "Nothing outlives
a transaction").
"""

from typing import Any

from django.db.backends.postgresql import base, schema

# How long a statement may wait for a lock, and how long a transaction may be idle. The server then
# aborts it, so that a frozen process releases its locks.
SET_TIMEOUTS_SQL = (
    "SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '30s'"
)


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    def add_index(self, model: Any, index: Any, concurrently: bool = False) -> None:
        """After what foreign keys of rows that the migration wrote wait for: no index before."""
        if self.connection.in_atomic_block:
            self.execute("SET CONSTRAINTS ALL IMMEDIATE")
        super().add_index(model, index, concurrently)


class DatabaseWrapper(base.DatabaseWrapper):
    """Sets timeouts in every outermost `transaction.atomic`, not for statements outside of one.

    A second transaction after `transaction.set_autocommit(False)`, which is not used here, would
    have no timeouts.
    """

    SchemaEditorClass = DatabaseSchemaEditor

    def _set_autocommit(self, autocommit: bool) -> None:
        try:
            super()._set_autocommit(autocommit)  # type: ignore[misc]
            if not autocommit:
                self._set_timeouts()
        except BaseException:
            # Atomic has not begun and will not clean up: the driver would stay in an uncommitted
            # transaction, or the broken connection would be used again.
            self.close()
            raise

    def _set_timeouts(self) -> None:
        # Without Django's cursor, so that it is not counted and logged as a query.
        with self.wrap_database_errors:
            self.connection.execute(SET_TIMEOUTS_SQL)

    def chunked_cursor(self) -> Any:
        """A server-side cursor within a transaction; otherwise a client-side one.

        A cursor WITH HOLD belongs to a session of the server, and the next FETCH may reach another.
        """
        return self.cursor() if self.get_autocommit() else super().chunked_cursor()
