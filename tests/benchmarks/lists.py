"""(g) The admin's pages about a great many followers, as whole requests."""

import statistics
from collections.abc import Mapping, Sequence

from .databases import Database
from .harness import Bench, Table
from .simulation import Simulation

# Of a filter by tag, source, or tag and date, in milliseconds.
TARGETS = {"SQLite": 500, "PostgreSQL": 300}
CONFIRMING = 2_000
BUSY = {"SQLite": 300}


def run(bench: Bench) -> list[Table]:
    filtered: list[list[object]] = []
    confirming: list[list[object]] = []
    busy: list[list[object]] = []
    for database in bench.databases:
        database.fresh()
        bench.job("tagged", database, bench.followers)
        found = bench.job("lists", database, bench.followers).report["seconds"]
        filtered += _rows(bench, database, found, TARGETS[database.name])
        found = bench.job("confirm", database, bench.followers).report["seconds"]
        confirming += _rows(bench, database, found, CONFIRMING)
        busy += _during_a_sync(bench, database)
    head = ["median, ms", "p95, ms", "target"]
    return [
        Table(
            f"(g) The filtered list of {bench.followers:,} followers with three tags each",
            "Milliseconds of a whole request to the admin's list, with its count and its filters, "
            "in the process that answers it. The shares are of all followers.",
            ["database", "filtered by", *head],
            filtered,
        ),
        Table(
            f"(g) What would a change of all {bench.followers:,} of them do?",
            "Milliseconds of the page that is confirmed before a change is recorded.",
            ["database", "change", *head],
            confirming,
        ),
        Table(
            f"(g) The list while {bench.followers:,} followers are synced for the first time",
            "One request after the other, as long as the sync takes, on the same two cores.",
            ["database", "requests", *head],
            busy,
        ),
    ]


def _rows(
    bench: Bench, database: Database, found: Mapping[str, Sequence[float]], target: float
) -> list[list[object]]:
    return [
        [database.name, what, *_shown(bench, seconds, target)] for what, seconds in found.items()
    ]


def _during_a_sync(bench: Bench, database: Database) -> list[list[object]]:
    database.fresh()
    with Simulation(bench.followers) as wechat:
        seconds = bench.job("busy_lists", database, bench.followers, wechat).report["seconds"]
    return [[database.name, len(seconds), *_shown(bench, seconds, BUSY.get(database.name, 0))]]


def _shown(bench: Bench, seconds: Sequence[float], target: float) -> list[object]:
    """Median and 95th percentile in milliseconds, and the verdict on the latter."""
    slow = statistics.quantiles(seconds, n=20)[-1] * 1000
    diagnose = bench.diagnose(slow, target) if target else ""
    return [f"{statistics.median(seconds) * 1000:.0f}", f"{slow:.0f}", diagnose]
