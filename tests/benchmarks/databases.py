"""Fresh databases on SQLite and PostgreSQL, copied from a migrated template each time."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg

from .simulation import APP_ID, APP_SECRET

ROOT = Path(__file__).resolve().parents[2]
LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"


class Database(Protocol):
    name: str
    url: str
    version: str

    def fresh(self) -> None:
        """Tables, one account, nothing else."""

    def settle(self) -> None:
        """Write out what earlier measurements left to be written."""

    def counting(self) -> contextlib.AbstractContextManager[Counter[str]]:
        """Rows inserted, updated and deleted within the block, by table; filled at its end."""


def manage(url: str, *arguments: str) -> None:
    """A command of manage.py on this database; CalledProcessError when it fails."""
    environment = {**os.environ, "DATABASE_URL": url, "WECHAT_APP_SECRET": APP_SECRET}
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _furnish(url: str) -> None:
    manage(url, "migrate", "--verbosity", "0")
    manage(url, "add_account", APP_ID, "--name", "Benchmark")


class SQLite:
    name = "SQLite"
    version = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, directory: Path) -> None:
        self.path, self.template = directory / "bench.sqlite3", directory / "template.sqlite3"
        self.url = f"sqlite:///{self.path}"
        _furnish(f"sqlite:///{self.template}")
        with contextlib.closing(sqlite3.connect(self.template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fresh(self) -> None:
        for path in self.path.parent.glob("bench.sqlite3*"):
            path.unlink()
        shutil.copyfile(self.template, self.path)

    def settle(self) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()

    @contextlib.contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """By triggers, which cost time: do not take times within the block."""
        written: Counter[str] = Counter()
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            tables = [row[0] for row in connection.execute(_SQLITE_TABLES)]
            connection.executescript(_triggers(tables))
        yield written
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            written.update(dict(connection.execute("SELECT name, rows FROM written")))
            connection.executescript(
                "".join(f"DROP TRIGGER written_{n}_{t};" for t in tables for n in _EVENTS)
                + "DROP TABLE written;"
            )


_EVENTS = ("INSERT", "UPDATE", "DELETE")
_SQLITE_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"


def _triggers(tables: list[str]) -> str:
    counted = [
        f"CREATE TRIGGER written_{event}_{table} AFTER {event} ON {table} BEGIN "
        f"UPDATE written SET rows = rows + 1 WHERE name = '{table}'; END;"
        for table in tables
        for event in _EVENTS
    ]
    rows = [f"INSERT INTO written VALUES ('{table}', 0);" for table in tables]
    start = "CREATE TABLE written (name TEXT PRIMARY KEY, rows INTEGER);"
    return "\n".join([start, *rows, *counted])


class PostgreSQL:
    """Makes and drops databases of its own on a server where that is allowed."""

    name = "PostgreSQL"

    def __init__(self, server: str) -> None:
        self._server = server
        names = f"wxadmin_bench_{os.getpid()}", f"wxadmin_bench_{os.getpid()}_template"
        self._name, self._template = names
        self.url = _on(server, self._name)
        self.version = f"PostgreSQL {self._ask('SHOW server_version')[0][0].split()[0]}"
        self._execute(f'CREATE DATABASE "{self._template}"')
        _furnish(_on(server, self._template))

    def fresh(self) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._template}"')

    def settle(self) -> None:
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            self._execute("CHECKPOINT")
        os.sync()

    def drop(self) -> None:
        for name in (self._name, self._template):
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """By the server's statistics, which a connection hands in when it ends."""
        written: Counter[str] = Counter()
        before = self._written()
        yield written
        written.update(self._written() - before)

    def _written(self) -> Counter[str]:
        rows = self._ask(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables",
            self.url,
        )
        return Counter({table: int(count) for table, count in rows})

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def _ask(self, sql: str, url: str = "") -> list[Any]:
        with psycopg.connect(url or self._server, autocommit=True) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload]


def _on(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def postgresql() -> PostgreSQL | None:
    """On the server of DATABASE_URL, or on a local one that trusts; None where neither answers."""
    given = os.environ.get("DATABASE_URL", "")
    server = given if given.startswith("postgres") else LOCAL_POSTGRESQL
    try:
        psycopg.connect(server, connect_timeout=3).close()
    except psycopg.OperationalError:
        return None
    return PostgreSQL(server)
