"""Redis that forgets everything, and PostgreSQL that restarts, in the middle of a run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.installation import RECOVERY_SECONDS, Installation, migrated, private_redis
from tests.stack import free_ports, wait_for

from .conftest import assert_exact

pytestmark = [pytest.mark.drill, pytest.mark.worker]

MANY = {"followers": 300_000, "latency": 0.3}
OWNER = "postgres"


class Server:
    """A PostgreSQL server of the test's own, as the user postgres where the test runs as root."""

    def __init__(self, programs: Path, directory: Path, prefix: list[str]) -> None:
        self.programs, self.data, self.prefix = programs, directory / "data", prefix
        (self.port,) = free_ports(1)
        self.url = f"postgres://{OWNER}@127.0.0.1:{self.port}/postgres"
        self._call("initdb", "--auth", "trust", "--username", OWNER, "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = str(self.data / "server.log")
        self._call("pg_ctl", "--wait", "--log", log, "--options", options, "start")

    def stop(self, mode: str) -> None:
        self._call("pg_ctl", "--wait", "--mode", mode, "stop")

    def restart(self, mode: str) -> None:
        self.stop(mode)
        self.start()

    def _call(self, program: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.programs / program), "--pgdata", str(self.data)]
        done = subprocess.run([*command, *arguments], stdout=subprocess.DEVNULL, cwd="/")
        assert done.returncode == 0


def programs() -> Path:
    """Where initdb is; skips where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.skip("there is no PostgreSQL server to start")
    return installed[-1].parent


def as_owner(directory: Path) -> list[str]:
    """PostgreSQL refuses to run as root; what to put before a command."""
    if os.geteuid():
        return []
    runuser = shutil.which("runuser")
    if runuser is None or OWNER not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {OWNER}")
    shutil.chown(directory, OWNER)
    return [runuser, "-u", OWNER, "--"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # pytest's own directories are closed to other users.
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server = Server(programs(), directory, as_owner(directory))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


@contextmanager
def on(directory: Path, server: str | None = None, **settings: object) -> Iterator[Installation]:
    """An installation on this PostgreSQL server, and on a Redis that may be flushed."""
    with (
        migrated(directory, server) as database,
        private_redis(directory) as address,
        Installation(directory, database, REDIS_URL=address, **settings) as installation,
    ):
        yield installation


def test_redis_forgets_everything(tmp_path):
    with on(tmp_path, SYNC_SLICE_SECONDS=1) as installation:
        installation.serve(**MANY)
        worker = installation.worker()
        installation.sync()
        installation.wait_for_pages(3)
        with redis.Redis.from_url(installation.settings["REDIS_URL"]) as client:
            # Nobody takes the next slice's message out, so that it is there when all is forgotten.
            worker.pusher.suspend()
            wait_for(lambda: not client.info("clients")["blocked_clients"])
            wait_for(lambda: client.llen("django_q:wxadmin:q"))
            client.flushdb()
            worker.pusher.resume()
        installation.wait_for_more_pages(RECOVERY_SECONDS)
        assert_exact(installation)
        assert installation.extra_calls <= 3


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarts(server, tmp_path, mode):
    with on(tmp_path, server.url) as installation:
        installation.serve(**MANY)
        worker = installation.worker()
        installation.sync()
        installation.wait_for_pages(5)
        server.restart(mode)
        installation.wait_for_more_pages(RECOVERY_SECONDS)
        assert_exact(installation)
        assert worker.supervisor.poll() is None
        assert installation.extra_calls <= 3
