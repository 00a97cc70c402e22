"""(i) Bulk tagging through the real engine: calls, time and memory as the selection grows."""

from .databases import Database
from .harness import Bench, Table
from .simulation import Simulation

CHUNK = 50
SMALLEST = 10_000
# More of them bring nothing new, and a million would be 20,000 calls a round.
MOST = 300_000
MEMORY_TARGET = 150


def run(bench: Bench) -> list[Table]:
    largest = min(bench.followers, MOST)
    sizes = sorted({min(SMALLEST, largest), largest // 3, largest})
    rows: list[list[object]] = []
    for database in bench.databases:
        least = None
        for size in sizes:
            cells, peak = _tag(bench, database, size)
            least = least or peak
            grown = bench.diagnose(round(peak - least), MEMORY_TARGET) if size == sizes[-1] else ""
            rows.append([database.name, f"{size:,}", *cells, f"{peak:.0f}", grown])
    return [
        Table(
            "(i) One tag for everybody",
            f"{CHUNK} followers in a call, one call at a time, a commit after each; the simulated "
            "WeChat answers at once. Recorded: until the run is written down. Memory: the largest "
            "of the process that works on the run, in MB; its growth has the target.",
            ["database", "tagged", "recorded, s", "s", "calls", "calls/s", "memory", "growth"],
            rows,
        )
    ]


def _tag(bench: Bench, database: Database, size: int) -> tuple[list[object], float]:
    database.fresh()
    with Simulation(size) as wechat:
        bench.job("sync", database, size, wechat)
        result = bench.job("tagging", database, size, wechat)
    found = result.report["seconds"]
    rate = found["calls"] / found["seconds"]
    cells = [f"{found['recorded']:.2f}", f"{found['seconds']:.1f}", f"{found['calls']:,}"]
    return [*cells, f"{rate:.0f}"], result.peak
