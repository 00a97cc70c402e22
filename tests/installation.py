"""Runs an installation for tests: its own database, a sandbox, real worker processes.

Uses SQLite, or PostgreSQL and Redis if DATABASE_URL and REDIS_URL are set.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis
from django.db import connection

from followers.management.processes import is_alive
from followers.sandbox import Sandbox

from .stack import ROOT, free_ports, wait_for

USER_GET = "/cgi-bin/user/get"
WORKERS, AUXILIARIES = 2, 2  # the auxiliaries are django-q2's monitor and pusher
START_SECONDS = 90
# The guaranteed time for a run to continue after its worker was killed.
RECOVERY_SECONDS = 90
RUN_SECONDS = 240


class SQLite:
    """A file in its own directory, which can be renamed to make the database unavailable."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "database"
        self.directory.mkdir()
        self.path = self.directory / "db.sqlite3"
        self.name = str(self.path)
        self.url = f"sqlite:///{self.path}"

    def copy(self, directory: Path) -> "SQLite":
        new = SQLite(directory)
        shutil.copy(self.path, new.path)
        return new

    def query(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute(sql)

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        hidden = self.directory.with_name("elsewhere")
        self.directory.rename(hidden)
        try:
            yield
        finally:
            hidden.rename(self.directory)

    def drop(self) -> None:
        """Nothing to do: pytest deletes the directory."""


class PostgreSQL:
    """A database with a random name; can be made unavailable by disallowing connections."""

    def __init__(self, server: str, template: str = "template1") -> None:
        self.server, self.name = server, f"wxadmin_{uuid.uuid4().hex[:12]}"
        self.url = urlsplit(server)._replace(path=f"/{self.name}").geturl()
        self._command(f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def copy(self, _directory: Path) -> "PostgreSQL":
        return PostgreSQL(self.server, self.name)

    def query(self, sql: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(sql)

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        self._command(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self._command(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )
        try:
            yield
        finally:
            self._command(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def drop(self) -> None:
        self._command(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _command(self, sql: str) -> None:
        maintenance = urlsplit(self.server)._replace(path="/postgres").geturl()
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(sql)


Database = SQLite | PostgreSQL


def new_database(directory: Path, server: str | None = None) -> Database:
    """A database without tables, on the given PostgreSQL server or according to DATABASE_URL."""
    server = server or os.environ.get("DATABASE_URL", "")
    return PostgreSQL(server) if server.startswith("postgres") else SQLite(directory)


def copy_of_own_database(directory: Path) -> Database:
    """Of the database that this process runs its tests on, which is disconnected."""
    connection.close()
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        return PostgreSQL(os.environ["DATABASE_URL"], name)
    database = SQLite(directory)
    shutil.copy(name, database.path)
    return database


def spare_migrating(template: Database, directory: Path) -> None:
    """A demo in this directory finds its database migrated, which is half of a start.

    Demos are on SQLite in any case: where the tests are on PostgreSQL, there is none to copy.
    """
    if isinstance(template, SQLite):
        shutil.copy(template.path, directory / "demo.sqlite3")


@contextmanager
def migrated_database(directory: Path, server: str | None = None) -> Iterator[Database]:
    """A migrated, empty database, as a template."""
    database = new_database(directory, server)
    try:
        environment = {**os.environ, "DATABASE_URL": database.url}
        manage(environment, "migrate", "-v0")
        yield database
    finally:
        database.drop()


@contextmanager
def private_redis(directory: Path) -> Iterator[str]:
    """A separate Redis server, which may be flushed; yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server to start")
    (port,) = free_ports(1)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            wait_for(lambda: _is_reachable(client))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _is_reachable(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run `manage.py`; returns its output, fails if it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Installation:
    """Everything but the web server. Workers that are still running are killed at the end."""

    def __init__(self, directory: Path, database: Database, **settings: Any) -> None:
        self.directory, self.database = directory, database
        self.settings: dict[str, Any] = {"DATABASE_URL": database.url} | settings
        self.workers: list[Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if "REDIS_URL" not in self.settings and os.environ.get("REDIS_URL"):
            self.settings["REDIS_URL"] = self._stack.enter_context(private_redis(self.directory))
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **{name: str(value) for name, value in self.settings.items()}}

    def start_sandbox(self, followers: int, **options: Any) -> Sandbox:
        """Start a sandbox and add each of its accounts."""
        self.sandbox = self._stack.enter_context(Sandbox(followers, **options))
        self.settings["WECHAT_API_BASE_URL"] = self.sandbox.url
        for app_id, account in self.sandbox.simulation.accounts.items():
            environment = {**self.environment, "WECHAT_APP_SECRET": account.app_secret}
            manage(environment, "add_account", app_id, "--name", app_id)
        return self.sandbox

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)

    def sync(self, app_id: str = "") -> None:
        """Enqueue a sync of the follower list only, whose pages and calls the tests count."""
        account = app_id or self.sandbox.app_id
        self.manage("sync_followers", account, "--queue", "--only", "listing")

    def start_worker(self, **settings: Any) -> "Worker":
        """Start a supervisor and wait until all its processes are running."""
        environment = self.environment | {name: str(value) for name, value in settings.items()}
        worker = Worker(environment, self.directory / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        wait_for(worker.is_complete, START_SECONDS)
        return worker

    @property
    def log(self) -> str:
        return "".join(worker.log.read_text(errors="replace") for worker in self.workers)

    def runs(self, columns: str) -> list[Any]:
        """Columns of all sync runs, the oldest first."""
        return self.database.query(f"SELECT {columns} FROM followers_syncrun ORDER BY id")

    @property
    def pages(self) -> int:
        """Number of pages stored by the latest run."""
        return int(self.runs("pages")[-1][0])

    def wait_for_pages(self, pages: int, seconds: float = RUN_SECONDS) -> None:
        wait_for(lambda: self.pages >= pages, seconds)

    def wait_for_more_pages(self, seconds: float = RECOVERY_SECONDS) -> None:
        self.wait_for_pages(self.pages + 1, seconds)

    def wait_until_ended(self, seconds: float = RUN_SECONDS) -> list[str]:
        """Wait until no run is active; returns the statuses of all runs."""
        active = {"queued", "running", "waiting"}
        wait_for(lambda: not active & {status for (status,) in self.runs("status")}, seconds)
        return [status for (status,) in self.runs("status")]

    def followers(self, app_id: str = "") -> set[str]:
        """The openids of subscribed followers in the database."""
        rows = self.database.query(
            "SELECT openid FROM followers_follower JOIN followers_officialaccount AS account"
            f" ON account.id = account_id WHERE app_id = '{app_id or self.sandbox.app_id}'"
            " AND subscribed"
        )
        return {openid for (openid,) in rows}

    @property
    def extra_calls(self) -> int:
        """Calls of user/get beyond one for each page and one for the empty last page."""
        return int(self.sandbox.state["calls"][USER_GET]) - self.pages - 1


class Worker:
    """`manage.py worker` and its child processes."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.supervisor = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.process = psutil.Process(self.supervisor.pid)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def main_process(self) -> psutil.Process:
        return self.process.children()[0]

    @property
    def sentinel(self) -> psutil.Process:
        return self.main_process.children()[0]

    @property
    def pool_processes(self) -> list[psutil.Process]:
        """The processes that run slices; django-q2 starts them first."""
        children = sorted(self.sentinel.children(), key=lambda child: child.pid)
        return children[:WORKERS]

    @property
    def pusher_process(self) -> psutil.Process:
        """The process that takes messages from the queue; django-q2 starts it last."""
        return max(self.sentinel.children(), key=lambda child: child.pid)

    def busy_process(self, sandbox: Sandbox) -> psutil.Process:
        """Wait for a process with a connection to the sandbox; returns it."""
        found: list[psutil.Process] = []
        wait_for(
            lambda: found.extend(filter(_has_connection_to(sandbox), self.pool_processes)) or found
        )
        return found[0]

    def idle_process(self, sandbox: Sandbox) -> psutil.Process:
        """A process of the pool that does not run a slice."""
        busy = self.busy_process(sandbox)
        return next(each for each in self.pool_processes if each != busy)

    def process_tree(self) -> list[psutil.Process]:
        """The supervisor and its descendants, the newest last."""
        with suppress(psutil.NoSuchProcess):
            return [self.process, *self.process.children(recursive=True)]
        return []

    def is_complete(self) -> bool:
        """Whether all processes are running; fails if the supervisor has ended."""
        assert self.supervisor.poll() is None, self.output
        return len(self.process_tree()) == 3 + WORKERS + AUXILIARIES

    def is_replaced(self, processes: list[psutil.Process]) -> bool:
        """Whether all child processes have been replaced by new ones."""
        return self.is_complete() and not set(processes[1:]) & set(self.process_tree())

    def stop(self, number: int, seconds: float) -> None:
        """Send a signal to the supervisor only; fails unless it exits with 0 within `seconds`."""
        self.supervisor.send_signal(number)
        assert self.supervisor.wait(seconds) == 0, self.output

    def kill_children(self) -> None:
        """Kill all processes but the supervisor at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.main_process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill all processes, as in a power failure."""
        for member in self.process_tree():
            with suppress(psutil.NoSuchProcess):
                member.send_signal(signal.SIGKILL)
        self.supervisor.wait()


def _has_connection_to(sandbox: Sandbox) -> Any:
    port = urlsplit(sandbox.url).port

    def is_connected(process: psutil.Process) -> bool:
        with suppress(psutil.NoSuchProcess):
            connections = process.net_connections("tcp")
            return any(one.raddr and one.raddr.port == port for one in connections)
        return False

    return is_connected


def have_ended(processes: list[psutil.Process]) -> bool:
    """Whether all these processes have ended."""
    return not any(map(is_alive, processes))
