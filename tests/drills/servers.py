"""PostgreSQL and PgBouncer as a drill starts, stops and restarts them."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.stack import free_ports, wait_for

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


class Pooler:
    """PgBouncer in transaction mode before a server that trusts; `size` connections for all.

    It clears a connection after each transaction, so that nothing survives there by chance.
    """

    def __init__(self, directory: Path, server: str, size: int) -> None:
        place = urlsplit(server)
        (self.port,) = free_ports(1)
        self.address = f"{OWNER}@127.0.0.1:{self.port}"
        self.log, self.config = directory / "pgbouncer.log", directory / "pgbouncer.ini"
        users = directory / "pgbouncer.users"
        users.write_text(f'"{OWNER}" ""\n')
        self.config.write_text(
            f"""
            [databases]
            * = host={place.hostname} port={place.port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {self.port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            admin_users = {OWNER}
            pool_mode = transaction
            default_pool_size = {size}
            server_reset_query = DISCARD ALL
            server_reset_query_always = 1
            """
        )

    def url(self, name: str) -> str:
        """The address of one of the server's databases."""
        return f"postgres://{self.address}/{name}"

    @contextmanager
    def running(self) -> Iterator[None]:
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            pytest.skip("there is no PgBouncer to start")
        # It refuses to run as root as well, and changes the user itself.
        command = [program, *(() if os.geteuid() else ("-u", OWNER)), str(self.config)]
        with self.log.open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/")
        try:
            wait_for(self._answers, 10)
            yield
        finally:
            process.terminate()
            process.wait()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("pgbouncer"), autocommit=True).close()
        except psycopg.OperationalError:
            return False
        return True
