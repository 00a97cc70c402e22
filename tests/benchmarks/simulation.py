"""The simulated WeChat in a process of its own, and the openids that it will list."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from followers.sandbox.api.account import DEMO_APP_ID, DEMO_APP_SECRET
from followers.sandbox.people.population import Population

ROOT = Path(__file__).resolve().parents[2]
APP_ID, APP_SECRET = DEMO_APP_ID, DEMO_APP_SECRET
PAGE = 10_000
SEED = "1"


class Simulation:
    """`python -m followers.sandbox` as a context manager; latency in seconds for each call."""

    def __init__(self, followers: int, latency: float = 0, *options: str) -> None:
        size = ["--followers", str(followers), "--latency", str(latency), "--seed", SEED]
        self._options = [*size, *options]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "followers.sandbox", "--port", "0", *self._options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.url = found[0]
                return self
        raise RuntimeError("the sandbox did not start")

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def move(self, **people: int) -> None:
        """So many people `leave`, `join` or `return`."""
        self._post("/sandbox/followers", people)

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def pages(followers: int) -> Iterator[list[str]]:
    """The openids that such a simulation lists, in its order, a page at a time."""
    population = Population(followers, f"{SEED}:{APP_ID}")
    slot = -1
    while openids := population.page_after(slot, PAGE).openids:
        yield openids
        slot = population.openid_codec.decode(openids[-1]) or 0
