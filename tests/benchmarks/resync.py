"""(c) Syncing again: nothing changed, one follower in a thousand, and one in a hundred."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from .databases import Database
from .harness import Bench, Table, Timing
from .simulation import PAGE, Simulation

TARGETS = {"SQLite": 0.35, "PostgreSQL": 0.6}
CHANGED = {"0.1 %": 0.001, "1 %": 0.01}
ROWS_A_PAGE = 5


@dataclass
class Times:
    first: Timing = field(default_factory=Timing)
    unchanged: Timing = field(default_factory=Timing)
    changed: dict[str, Timing] = field(default_factory=lambda: defaultdict(Timing))
    written: dict[str, Counter[str]] = field(default_factory=dict)


def run(bench: Bench) -> list[Table]:
    times = {database: Times() for database in bench.databases}
    for round_ in range(bench.rounds):
        for database, its in times.items():
            with Simulation(bench.followers) as wechat:
                _measure(bench, database, wechat, its, count=round_ == bench.rounds - 1)
    return [_seconds(bench, times), _rows_written(bench, times)]


def _measure(
    bench: Bench, database: Database, wechat: Simulation, its: Times, *, count: bool
) -> None:
    def sync() -> float:
        return bench.job("sync", database, bench.followers, wechat).wall

    def change(share: float) -> None:
        # As many come as go, so that the number of followers stays.
        half = max(int(bench.followers * share / 2), 1)
        wechat.move(leave=half, join=half)

    database.fresh()
    its.first.add(sync())
    its.unchanged.add(sync())
    for name, share in CHANGED.items():
        change(share)
        its.changed[name].add(sync())
    if count:
        with database.counting() as its.written["nothing"]:
            sync()
        for name, share in CHANGED.items():
            change(share)
            with database.counting() as its.written[name]:
                sync()


def _seconds(bench: Bench, times: dict[Database, Times]) -> Table:
    rows: list[list[object]] = []
    for database, its in times.items():
        for changed, again in (("nothing", its.unchanged), *its.changed.items()):
            ratio = again.ratio(its.first)
            target = TARGETS[database.name] if changed == "nothing" else None
            met = bench.diagnose(ratio.median, target) if target else ""
            rows.append([database.name, changed, its.first, again, ratio, met])
    return Table(
        f"(c) Syncing {bench.followers:,} followers again",
        "Whole processes. Of those who changed, half have left, and as many others have come.",
        ["database", "changed", "first sync, s", "again, s", "ratio", "target"],
        rows,
    )


def _rows_written(bench: Bench, times: dict[Database, Times]) -> Table:
    rows: list[list[object]] = []
    pages = -(-bench.followers // PAGE)
    for database, its in times.items():
        for changed, written in its.written.items():
            followers = written.pop("followers_follower", 0)
            changes = written.pop("followers_subscription", 0)
            small = written.total()
            target = bench.diagnose(small / pages, ROWS_A_PAGE) if changed == "nothing" else ""
            tables = ", ".join(
                f"{t.removeprefix('followers_')} {n}" for t, n in sorted(written.items()) if n
            )
            rows.append(
                [
                    database.name,
                    changed,
                    f"{followers:,}",
                    f"{changes:,}",
                    small,
                    f"{small / pages:.2f}",
                    target,
                    tables,
                ]
            )
    return Table(
        "(c) Rows written by it",
        "Inserted, updated and deleted rows, counted in runs of their own: by triggers on SQLite, "
        f"by the server's statistics on PostgreSQL. Pages: {pages:,}.",
        ["database", "changed", "followers", "history", "other rows", "a page", "target", "which"],
        rows,
    )
