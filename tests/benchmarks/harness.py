"""What all benchmarks share: rounds, jobs in processes of their own, and tables."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .databases import Database
from .simulation import APP_ID, Simulation

ROOT = Path(__file__).resolve().parents[2]
TARGET_FOLLOWERS = 1_000_000


class Timing:
    """Seconds of several rounds. Printed as `median (least-most)`."""

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        self.rounds = list(seconds)

    def add(self, seconds: float) -> None:
        self.rounds.append(seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        if len(self.rounds) == 1:
            return f"{self.median:.2f}"
        return f"{self.median:.2f} ({min(self.rounds):.2f}-{max(self.rounds):.2f})"

    def ratio(self, other: "Timing") -> "Timing":
        """Round by round: what ran side by side is compared with each other."""
        return Timing(own / its for own, its in zip(self.rounds, other.rounds, strict=True))


@dataclass(frozen=True)
class Table:
    """One table of the report; cells are shown as they are."""

    title: str
    note: str
    head: Sequence[str]
    rows: list[Sequence[object]]

    def __str__(self) -> str:
        lines = [self.head, ["---"] * len(self.head), *self.rows]
        body = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
        return f"### {self.title}\n\n{self.note}\n\n{body}\n"


@dataclass(frozen=True)
class Result:
    """One job: `wall` seconds of the whole process, and what the job itself reported."""

    wall: float
    report: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Seconds of the job's own work, without the start of Python and Django."""
        return float(self.report["seconds"])

    @property
    def peak(self) -> float:
        """The largest resident memory of the process, in MB of 1,000,000 bytes."""
        return float(self.report["peak"]) / 1e6


@dataclass(frozen=True)
class Bench:
    """How large, how often, and where."""

    followers: int
    rounds: int
    databases: Sequence[Database]
    say: Callable[[str], None]

    def diagnose(self, value: float, target: float, *, at_least: bool = False) -> str:
        """`≤ 1.5 ✓`: a target and whether it was met; targets are meant for TARGET_FOLLOWERS."""
        wanted = f"{'≥' if at_least else '≤'} {target:g}"
        if self.followers < TARGET_FOLLOWERS:
            return f"{wanted} for {TARGET_FOLLOWERS:,}"
        met = value >= target if at_least else value <= target
        return f"{wanted} {'✓' if met else '✗'}"

    def job(
        self, name: str, database: Database, followers: int, wechat: Simulation | None = None
    ) -> Result:
        """Run `jobs/<name>.py` in a process of its own, after what is in the air is written.

        Raises RuntimeError with the job's errors when it fails.
        """
        environment = {**os.environ, "DATABASE_URL": database.url, "APP_ID": APP_ID}
        environment["WECHAT_API_BASE_URL"] = wechat.url if wechat else "http://127.0.0.1:9"
        database.settle()
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.jobs", name, str(followers)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        wall = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{name} failed:\n{done.stdout}\n{done.stderr[-4000:]}")
        result = Result(wall, json.loads(done.stdout.splitlines()[-1]))
        self.say(f"  {database.name} {name} {followers:,}: {wall:.2f} s, {result.peak:.0f} MB")
        return result
