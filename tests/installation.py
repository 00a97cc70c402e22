"""A whole installation as a test sees it: a database of its own, a sandbox, real worker processes.

It stands on SQLite, or on PostgreSQL and Redis where DATABASE_URL and REDIS_URL say so.
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

from followers.management.processes import is_alive
from followers.sandbox import Sandbox

from .stack import ROOT, free_ports, wait_for

USER_GET = "/cgi-bin/user/get"
WORKERS, AUXILIARIES = 2, 2  # the auxiliaries are django-q2's monitor and pusher
START_SECONDS = 90
# What is promised for a run whose worker was killed.
RECOVERY_SECONDS = 90
RUN_SECONDS = 240


class SQLite:
    """A file in a directory of its own; away while that directory has another name."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "database"
        self.directory.mkdir()
        self.path = self.directory / "db.sqlite3"
        self.name = str(self.path)
        self.url = f"sqlite:///{self.path}"

    def copy(self, directory: Path) -> "SQLite":
        made = SQLite(directory)
        shutil.copy(self.path, made.path)
        return made

    def query(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection, connection:
            connection.execute(sql)

    @contextmanager
    def away(self) -> Iterator[None]:
        hidden = self.directory.with_name("elsewhere")
        self.directory.rename(hidden)
        try:
            yield
        finally:
            hidden.rename(self.directory)

    def drop(self) -> None:
        """The directory goes with the test."""


class PostgreSQL:
    """A database with a random name on a server; away while nobody may connect to it."""

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
    def away(self) -> Iterator[None]:
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
    """Without any table, on the given PostgreSQL server or as DATABASE_URL has it."""
    server = server or os.environ.get("DATABASE_URL", "")
    return PostgreSQL(server) if server.startswith("postgres") else SQLite(directory)


@contextmanager
def migrated(directory: Path, server: str | None = None) -> Iterator[Database]:
    """An empty database to copy from."""
    database = new_database(directory, server)
    try:
        environment = {**os.environ, "DATABASE_URL": database.url}
        manage(environment, "migrate", "-v0")
        yield database
    finally:
        database.drop()


@contextmanager
def private_redis(directory: Path) -> Iterator[str]:
    """A Redis server of the test's own, so that it may be flushed; gives its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server to start")
    (port,) = free_ports(1)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            wait_for(lambda: _answers(client))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What `manage.py` prints; fails the test when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Installation:
    """Everything but the web server. Workers that are still there at the end are ended."""

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

    def serve(self, followers: int, **options: Any) -> Sandbox:
        """A simulated WeChat, and an account for each one in it."""
        self.sandbox = self._stack.enter_context(Sandbox(followers, **options))
        self.settings["WECHAT_API_BASE_URL"] = self.sandbox.url
        for app_id, account in self.sandbox.simulation.accounts.items():
            environment = {**self.environment, "WECHAT_APP_SECRET": account.app_secret}
            manage(environment, "add_account", app_id, "--name", app_id)
        return self.sandbox

    def manage(self, *arguments: str) -> str:
        return manage(self.environment, *arguments)

    def sync(self, app_id: str = "") -> None:
        """What a click does: the run is queued, and whoever works takes it up.

        The follower list alone: its pages and calls are what the tests count.
        """
        account = app_id or self.sandbox.app_id
        self.manage("sync_followers", account, "--queue", "--only", "listing")

    def worker(self, **settings: Any) -> "Worker":
        """Another supervisor, its group at work."""
        environment = self.environment | {name: str(value) for name, value in settings.items()}
        worker = Worker(environment, self.directory / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        wait_for(worker.is_complete, START_SECONDS)
        return worker

    @property
    def log(self) -> str:
        return "".join(worker.log.read_text(errors="replace") for worker in self.workers)

    def runs(self, columns: str) -> list[Any]:
        """These columns of every run, the oldest first."""
        return self.database.query(f"SELECT {columns} FROM followers_syncrun ORDER BY id")

    @property
    def pages(self) -> int:
        """Pages stored by the latest run."""
        return int(self.runs("pages")[-1][0])

    def wait_for_pages(self, pages: int, seconds: float = RUN_SECONDS) -> None:
        wait_for(lambda: self.pages >= pages, seconds)

    def wait_for_more_pages(self, seconds: float = RECOVERY_SECONDS) -> None:
        self.wait_for_pages(self.pages + 1, seconds)

    def wait_for_the_end(self, seconds: float = RUN_SECONDS) -> list[str]:
        """The statuses of all runs, once none of them is active."""
        active = {"queued", "running", "waiting"}
        wait_for(lambda: not active & {status for (status,) in self.runs("status")}, seconds)
        return [status for (status,) in self.runs("status")]

    def followers(self, app_id: str = "") -> set[str]:
        """Who follows, as far as the database knows."""
        rows = self.database.query(
            "SELECT openid FROM followers_follower JOIN followers_officialaccount AS account"
            f" ON account.id = account_id WHERE app_id = '{app_id or self.sandbox.app_id}'"
            " AND subscribed"
        )
        return {openid for (openid,) in rows}

    @property
    def extra_calls(self) -> int:
        """List calls beyond those that a walk without a fault needs: the pages and the end."""
        return int(self.sandbox.state["calls"][USER_GET]) - self.pages - 1


class Worker:
    """`manage.py worker`, and the processes of the group that it has started."""

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
    def main(self) -> psutil.Process:
        return self.process.children()[0]

    @property
    def sentinel(self) -> psutil.Process:
        return self.main.children()[0]

    @property
    def pool(self) -> list[psutil.Process]:
        """The processes that run slices: django-q2 starts them before its auxiliaries."""
        children = sorted(self.sentinel.children(), key=lambda child: child.pid)
        return children[:WORKERS]

    @property
    def pusher(self) -> psutil.Process:
        """The process that takes messages out of the queue: the last that django-q2 starts."""
        return max(self.sentinel.children(), key=lambda child: child.pid)

    def busy(self, sandbox: Sandbox) -> psutil.Process:
        """The process that talks to the sandbox; waits until one does."""
        found: list[psutil.Process] = []
        wait_for(lambda: found.extend(filter(_talks_to(sandbox), self.pool)) or found)
        return found[0]

    def idle(self, sandbox: Sandbox) -> psutil.Process:
        """One of the pool that does not run the slice that is under way."""
        busy = self.busy(sandbox)
        return next(each for each in self.pool if each != busy)

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it, the youngest last."""
        with suppress(psutil.NoSuchProcess):
            return [self.process, *self.process.children(recursive=True)]
        return []

    def is_complete(self) -> bool:
        """Whether main, sentinel, pool and auxiliaries are there; fails if the supervisor ended."""
        assert self.supervisor.poll() is None, self.output
        return len(self.family()) == 3 + WORKERS + AUXILIARIES

    def replaced(self, family: list[psutil.Process]) -> bool:
        """Whether the whole group is another one now."""
        return self.is_complete() and not set(family[1:]) & set(self.family())

    def end(self, number: int, seconds: float) -> None:
        """Send a signal to the supervisor alone; fails unless it ends with status 0 by then."""
        self.supervisor.send_signal(number)
        assert self.supervisor.wait(seconds) == 0, self.output

    def kill_group(self) -> None:
        """All at once, but the supervisor; one of them may be a moment younger than the list."""
        with suppress(ProcessLookupError):
            os.killpg(self.main.pid, signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL to every process at once, as when the machine loses its power."""
        for member in self.family():
            with suppress(psutil.NoSuchProcess):
                member.send_signal(signal.SIGKILL)
        self.supervisor.wait()


def _talks_to(sandbox: Sandbox) -> Any:
    port = urlsplit(sandbox.url).port

    def talks(process: psutil.Process) -> bool:
        with suppress(psutil.NoSuchProcess):
            connections = process.net_connections("tcp")
            return any(one.raddr and one.raddr.port == port for one in connections)
        return False

    return talks


def gone(family: list[psutil.Process]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(map(is_alive, family))
