"""Runs the demo for tests: real processes, on free ports and in a separate directory."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
STOP_SECONDS = 60


def free_ports(count: int) -> list[int]:
    """Free ports; all of them are bound at the same time, so that they are distinct."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def demo_environment(**variables: object) -> dict[str, str]:
    return {**os.environ, **{name: str(value) for name, value in variables.items()}}


class Stack:
    """`manage.py demo` with these options as a context manager; `output` is what it prints."""

    def __init__(self, directory: Path, followers: int, *options: str) -> None:
        self.directory, self.options = directory, options
        self.port, self.sandbox_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.log = directory / "demo.log"
        self.environment = demo_environment(
            PORT=self.port, SANDBOX_PORT=self.sandbox_port, FOLLOWERS=followers
        )

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "manage.py", "demo"),
                    *("--directory", str(self.directory), *self.options),
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(self.has_started)
            assert self.process.poll() is None, self.output
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for member in [*self.child_processes(), psutil.Process(self.process.pid)]:
                member.kill()
            raise

    def kill(self) -> None:
        """End everything at once: sooner than by `with`, which waits for what is under way."""
        if self.process.poll() is not None:
            return
        members = self.child_processes()
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        for member in members:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        _gone, alive = psutil.wait_procs(members, STOP_SECONDS)
        assert not alive, alive

    def has_started(self) -> bool:
        """Whether the demo is running, or has failed to start."""
        return "The demo is running" in self.output or self.process.poll() is not None

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def password(self) -> str:
        found = re.search(r"Password +(\S+)", self.output)
        assert found, self.output
        return found[1]

    def child_processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def sandbox(self, path: str, /, *, method: str = "POST", **body: Any) -> Any:
        """Send a request to the sandbox; returns the decoded response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox_port, timeout=10)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, text
            return json.loads(text)
        finally:
            connection.close()


def wait_for(condition: Any, seconds: float = START_SECONDS) -> None:
    """Poll until the condition is true; raises TimeoutError."""
    for _ in poll(seconds):
        if condition():
            return
    raise TimeoutError(f"not within {seconds} seconds")


def poll(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.05)
