"""(b) Against what a developer would write with wechatpy."""

from collections.abc import Mapping

from .databases import Database
from .harness import Bench, Table
from .simulation import Simulation

# Ways, their jobs, and how many followers they get: enough to tell the rate, as these are slow.
WAYS: Mapping[str, tuple[str, int]] = {
    "`iter_followers` and `update_or_create` per row": ("per_row", 10_000),
    "`iter_followers` and `bulk_create(update_conflicts=True)`": ("bulk", 100_000),
}
PER_ROW_TARGET = 30


def run(bench: Bench) -> list[Table]:
    rows = [row for database in bench.databases for row in _rows(bench, database)]
    note = (
        f"The time for {bench.followers:,} is what a way's rate says where it gets fewer "
        "followers, which flatters it, because its table stays small. Its own work only, "
        "without the start of Python; the sync is the whole process."
    )
    head = ["database", "way", "followers", "s", "s, scaled", "sync, s", "times", "target"]
    return [Table("(b) Against the usual ways with wechatpy", note, head, rows)]


def _rows(bench: Bench, database: Database) -> list[list[object]]:
    database.fresh()
    with Simulation(bench.followers) as wechat:
        sync = bench.job("sync", database, bench.followers, wechat).wall
    rows: list[list[object]] = []
    for way, (job, most) in WAYS.items():
        followers = min(most, bench.followers)
        database.fresh()
        with Simulation(followers) as wechat:
            seconds = bench.job(job, database, followers, wechat).seconds
        scaled = seconds * bench.followers / followers
        times = scaled / sync
        target = bench.diagnose(times, PER_ROW_TARGET, at_least=True) if job == "per_row" else ""
        times_and_seconds = [f"{scaled:,.0f}", f"{sync:.2f}", f"{times:.0f}", target]
        rows.append([database.name, way, f"{followers:,}", f"{seconds:.2f}", *times_and_seconds])
    return rows
