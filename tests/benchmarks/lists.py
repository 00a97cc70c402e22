"""(g) The admin's follower list, filtered, as whole requests."""

import statistics

from .harness import Bench, Table

# Of a filter by tag, source, or tag and date, in milliseconds.
TARGETS = {"SQLite": 500, "PostgreSQL": 300}


def run(bench: Bench) -> list[Table]:
    rows: list[list[object]] = []
    for database in bench.databases:
        database.fresh()
        bench.job("tagged", database, bench.followers)
        found = bench.job("lists", database, bench.followers).report["seconds"]
        for what, seconds in found.items():
            slow = statistics.quantiles(seconds, n=20)[-1] * 1000
            verdict = bench.verdict(slow, TARGETS[database.name])
            median = f"{statistics.median(seconds) * 1000:.0f}"
            rows.append([database.name, what, median, f"{slow:.0f}", verdict])
    return [
        Table(
            f"(g) The filtered list of {bench.followers:,} followers with three tags each",
            "Milliseconds of a whole request to the admin's list, with its count and its filters, "
            "in the process that answers it. The shares are of all followers.",
            ["database", "filtered by", "median, ms", "p95, ms", "target"],
            rows,
        )
    ]
