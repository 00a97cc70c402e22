"""(m) The follower lists of three accounts: each order, page, filter and search, and pairs."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from .databases import Database
from .harness import Bench, Table

# Times the followers that are asked for, on PostgreSQL.
FACTOR = 10
TARGET = 200
SLOWEST = 10

Readings = Mapping[str, Mapping[str, Any]]


def run(bench: Bench) -> list[Table]:
    lists: list[list[object]] = []
    pairs: list[list[object]] = []
    loads: list[str] = []
    for database in bench.databases:
        followers = bench.followers * (FACTOR if database.name == "PostgreSQL" else 1)
        database.fresh()
        bench.job("three_accounts", database, followers)
        found = bench.job("three_accounts_lists", database, followers).report["seconds"]
        lists += [_row(bench, database, *it) for it in found["lists"].items()]
        pairs += _pairs(bench, database, found["pairs"])
        loads.append(f"{database.name}: {followers:,} followers, load {found['load']:.1f}")
    head = ["database", "list", "followers", "median, ms", "p95, ms", "queries", "target"]
    note = (
        "Milliseconds of a whole request by a superuser, with counts, filters and tags, in the "
        "process that answers it, after one that warms up. Four people in five belong to one of "
        "three accounts, whose list it is where no other is named."
    )
    return [
        Table(
            "(m) Follower lists of three accounts with ten tags each",
            f"{note} {'; '.join(loads)}.",
            head,
            lists,
        ),
        Table(
            "(m) Every two of these filters together",
            f"All readings of all pairs together, then the {SLOWEST} slowest pairs by median.",
            head,
            pairs,
        ),
    ]


def _row(bench: Bench, database: Database, name: str, reading: Mapping[str, Any]) -> list[object]:
    slow = _p95(reading["milliseconds"])
    median = statistics.median(reading["milliseconds"])
    met = bench.diagnose(slow, TARGET)
    queries = reading["queries"]
    return [database.name, name, reading["found"], f"{median:.0f}", f"{slow:.0f}", queries, met]


def _pairs(bench: Bench, database: Database, found: Readings) -> list[list[object]]:
    together = {
        "milliseconds": [ms for it in found.values() for ms in it["milliseconds"]],
        "queries": f"at most {max(it['queries'] for it in found.values())}",
        "found": "",
    }
    slowest = sorted(found, key=lambda it: -statistics.median(found[it]["milliseconds"]))
    rows = {f"all {len(found)} pairs": together} | {it: found[it] for it in slowest[:SLOWEST]}
    return [_row(bench, database, *it) for it in rows.items()]


def _p95(milliseconds: Sequence[float]) -> float:
    if len(milliseconds) < 2:
        return milliseconds[0]
    return statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
