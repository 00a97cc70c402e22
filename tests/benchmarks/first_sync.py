"""(a) The first sync against the raw load of the same rows, and with a slow WeChat."""

from dataclasses import dataclass, field

from .databases import Database
from .harness import Bench, Table, Timing
from .simulation import PAGE, Simulation

TARGETS = {"SQLite": 1.5, "PostgreSQL": 2.0}
LATENCY = 0.5
LATENCY_TARGET = 1.15


@dataclass
class Pair:
    raw: Timing = field(default_factory=Timing)
    sync: Timing = field(default_factory=Timing)


def run(bench: Bench) -> list[Table]:
    return [_at_once(bench), _slow(bench)]


def _at_once(bench: Bench) -> Table:
    pairs = {database: Pair() for database in bench.databases}
    with Simulation(bench.followers) as wechat:
        for _ in range(bench.rounds):
            for database, pair in pairs.items():
                database.fresh()
                pair.raw.add(bench.job("raw", database, bench.followers).seconds)
                database.fresh()
                pair.sync.add(bench.job("sync", database, bench.followers, wechat).wall)
    return Table(
        f"(a) First sync of {bench.followers:,} followers against the raw load",
        "Raw load: the inserting loop alone (`executemany` on SQLite, `COPY` on PostgreSQL), rows "
        "made before. Sync: the whole process of `sync_followers`, from the start of Python to its "
        "end, with a simulated WeChat that answers at once.",
        ["database", "raw load, s", "sync, s", "ratio", "target", "followers/s"],
        [_pair_row(bench, database, pair) for database, pair in pairs.items()],
    )


def _pair_row(bench: Bench, database: Database, pair: Pair) -> list[object]:
    ratio = pair.sync.ratio(pair.raw)
    target = bench.diagnose(ratio.median, TARGETS[database.name])
    rate = f"{bench.followers / pair.sync.median:,.0f}"
    return [database.name, pair.raw, pair.sync, ratio, target, rate]


def _slow(bench: Bench) -> Table:
    waiting = Timing([-(-bench.followers // PAGE) * LATENCY])
    rows = []
    with Simulation(bench.followers, LATENCY) as wechat:
        for database in bench.databases:
            database.fresh()
            sync = Timing([bench.job("sync", database, bench.followers, wechat).wall])
            ratio = sync.ratio(waiting)
            target = bench.diagnose(ratio.median, LATENCY_TARGET)
            rows.append([database.name, waiting, sync, ratio, target])
    return Table(
        f"(a) The same with {LATENCY} s for each call",
        f"Waiting: the pages with followers times {LATENCY} s; the calls for the token and for "
        "the end of the list come on top of it.",
        ["database", "waiting, s", "sync, s", "ratio", "target"],
        rows,
    )
