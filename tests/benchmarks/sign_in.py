"""(n) What others notice of somebody who tries passwords."""

import statistics
from collections.abc import Sequence

from .harness import Bench, Table

TARGET = 1.5


def run(bench: Bench) -> list[Table]:
    rows: list[list[object]] = []
    for database in bench.databases:
        database.fresh()
        bench.job("tagged", database, bench.followers)
        answer = bench.job("wrong_passwords", database, bench.followers).report["seconds"]
        without, beside = ([_median(it), _slow(it)] for it in answer)
        ratio = beside[0] / without[0]
        shown = [f"{ms:.0f}" for ms in (*without, *beside)]
        rows.append([database.name, *shown, f"{ratio:.2f} ×", bench.diagnose(ratio, TARGET)])
    return [
        Table(
            "(n) Somebody tries 1,000 passwords a minute",
            f"Milliseconds of the list of {bench.followers:,} followers for a member, over HTTP, "
            "by turns without and with somebody who tries another name every 60 ms.",
            ["database", "median", "p95", "median, with", "p95, with", "median ×", "target"],
            rows,
        )
    ]


def _median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000


def _slow(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000
