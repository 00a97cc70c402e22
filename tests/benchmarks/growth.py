"""(d), (e) Memory and time from 10,000 followers to five times as many as elsewhere."""

from .databases import Database
from .harness import Bench, Result, Table
from .simulation import Simulation

SMALLEST = 10_000
LARGEST = 5
MEMORY_TARGET = 150

Results = dict[tuple[Database, int], tuple[Result, Result]]


def run(bench: Bench) -> list[Table]:
    steps = {SMALLEST, bench.followers // 10, bench.followers, LARGEST * bench.followers}
    sizes = sorted(size for size in steps if size >= SMALLEST)
    results: Results = {}
    for size in sizes:
        with Simulation(size) as wechat:
            for database in bench.databases:
                database.fresh()
                first = bench.job("sync", database, size, wechat)
                results[database, size] = first, bench.job("sync", database, size, wechat)
    return [_memory(bench, sizes, results), _time(bench, sizes, results)]


def _memory(bench: Bench, sizes: list[int], results: Results) -> Table:
    rows: list[list[object]] = []
    for database in bench.databases:
        for number, kind in enumerate(("first", "again")):
            peaks = [results[database, size][number].peak for size in sizes]
            grown = peaks[-1] - peaks[0]
            shown = [f"{peak:.0f}" for peak in peaks]
            rows.append(
                [database.name, kind, *shown, f"{grown:.0f}", bench.diagnose(grown, MEMORY_TARGET)]
            )
    return Table(
        "(d) Peak memory of the process that syncs, in MB",
        "The largest resident memory of the process that runs the engine (not the database "
        "server's).",
        ["database", "sync", *(f"{size:,}" for size in sizes), "growth", "target"],
        rows,
    )


def _time(bench: Bench, sizes: list[int], results: Results) -> Table:
    rows: list[list[object]] = []
    for size in sizes:
        cells: list[object] = []
        for database in bench.databases:
            for result in results[database, size]:
                cells += [f"{result.wall:.2f}", f"{result.seconds / size * 1e6:.1f}"]
        rows.append([f"{size:,}", *cells])
    columns = [
        f"{database.name} {kind}, {unit}"
        for database in bench.databases
        for kind in ("first", "again")
        for unit in ("s", "µs each")
    ]
    return Table(
        "(e) How time grows",
        "Seconds of the whole process, and microseconds for each follower without the start of "
        "Python and Django.",
        ["followers", *columns],
        rows,
    )
