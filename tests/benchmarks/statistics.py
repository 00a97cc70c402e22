"""(l) A year of figures of one account with very many subscriptions, and their pages."""

from collections.abc import Mapping, Sequence

from .databases import Database
from .harness import Bench, Table, Timing

# Times the followers that are asked for, on PostgreSQL; on SQLite there are as many of both.
SUBSCRIPTIONS, FOLLOWERS = 20, 10
TARGET_SECONDS = 0.05
PAGE_TARGET = 200


def run(bench: Bench) -> list[Table]:
    figures: list[Table] = []
    pages: list[list[object]] = []
    loads: list[str] = []
    for database in bench.databases:
        large = database.name == "PostgreSQL"
        subscriptions = bench.followers * (SUBSCRIPTIONS if large else 1)
        followers = bench.followers * (FOLLOWERS if large else 1)
        database.fresh()
        if not large:
            # There, a subscription needs its follower.
            bench.job("people", database, followers)
        bench.job("subscriptions", database, subscriptions)
        if large:
            figures.append(_figures(bench, database, subscriptions))
            bench.job("people", database, followers)
        found = bench.job("pages", database, followers).report["seconds"]
        pages += _rows(bench, database, found["pages"])
        size = f"{followers:,} followers and {subscriptions:,} subscriptions"
        loads.append(f"{database.name}: {size}, load {found['load']:.1f}")
    return [*figures, _pages(pages, loads)]


def _figures(bench: Bench, database: Database, subscriptions: int) -> Table:
    found = bench.job("figures", database, subscriptions).report["seconds"]
    rows: list[Sequence[object]] = []
    for what, seconds in found["readings"].items():
        kept = Timing(1000 * it for it in seconds["kept"])
        met = bench.diagnose(kept.median / 1000, TARGET_SECONDS)
        rows.append([what, kept, f"{seconds['rows']:.1f}", met])
    note = (
        "Read from the kept figures, and counted from the subscriptions, which gives the same "
        f"rows. The recount of all {found['figures']:,} rows of figures, and of those of hours, "
        f"took {found['recount']:.0f} s. Targets are in seconds."
    )
    head = ["what", "from the figures, ms", "from the subscriptions, s", "target"]
    title = f"(l) Figures of an account with {subscriptions:,} subscriptions in two years"
    return Table(title, note, head, rows)


def _rows(
    bench: Bench, database: Database, found: Mapping[str, Mapping[str, object]]
) -> list[list[object]]:
    rows = []
    for address, readings in found.items():
        wall, own = (Timing(1000 * it for it in readings[name]) for name in ("wall", "own"))
        met = bench.diagnose(wall.median, PAGE_TARGET)
        slowest = f"{max(wall.rounds):.0f}"
        shown = [f"{wall.median:.0f}", slowest, f"{own.median:.0f}", readings["queries"], met]
        rows.append([database.name, f"`{address}`", *shown])
    return rows


def _pages(rows: list[list[object]], loads: Sequence[str]) -> Table:
    return Table(
        "(l) The pages of them",
        "Milliseconds of a whole request by a superuser, 10 each after one that warms up, in the "
        "process that answers it; its own are those that this process computes, without waiting "
        "for the database server or for other programs. On PostgreSQL, subscriptions do not belong "
        f"to these followers, which no page here counts. {'; '.join(loads)}.",
        ["database", "page", "median, ms", "slowest, ms", "its own, ms", "queries", "target"],
        [*rows],
    )
