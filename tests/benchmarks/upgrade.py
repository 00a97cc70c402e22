"""(k) The upgrade to the version that keeps subscriptions (migrations 0009 to 0011)."""

from .databases import Database
from .harness import Bench, Result, Table

CHANGES_PER_THOUSAND = 40


def run(bench: Bench) -> list[Table]:
    changes = bench.followers * CHANGES_PER_THOUSAND // 1000
    return [
        Table(
            f"(k) Upgrade with {bench.followers:,} followers and {changes:,} status changes",
            "Three followers in five are of the first list. Migration: `migrate`, 0009 to 0011; "
            "growth: of the database by it, the write-ahead log not counted. Recount: the first "
            "one, which counts all figures. Memory: the largest of the process.",
            ["database", "before, MB", "migration, s", "growth, MB", "recount, s", "memory, MB"],
            [_row(database, _measure(bench, database)) for database in bench.databases],
        )
    ]


def _measure(bench: Bench, database: Database) -> Result:
    database.fresh()
    bench.job("before_upgrade", database, bench.followers)
    return bench.job("upgrade", database, bench.followers)


def _row(database: Database, result: Result) -> list[object]:
    found = result.report["seconds"]
    return [
        database.name,
        f"{found['size'] / 1e6:,.0f}",
        f"{found['migration']:.0f}",
        f"{found['growth'] / 1e6:,.0f}",
        f"{found['recount']:.0f}",
        f"{result.peak:.0f}",
    ]
