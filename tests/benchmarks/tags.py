"""(h) Tags: the calls that mirror them, and what a repetition costs."""

from .databases import Database
from .harness import Bench, Table
from .simulation import Simulation

TAGS, PERCENT = 30, 10
PAGE = 10_000


def run(bench: Bench) -> list[Table]:
    options = ("--tags", str(TAGS), "--tag-percent", str(PERCENT))
    with Simulation(bench.followers, 0, *options) as wechat:
        rows = [_row(bench, database, wechat) for database in bench.databases]
    return [
        Table(
            f"(h) {TAGS} tags of {PERCENT} % of {bench.followers:,} followers",
            "Only the stage of the tags is timed: first with no tags known, then with nothing "
            "changed. A call for each follower would be as many calls as followers.",
            ["database", "memberships", "first, s", "again, s", "calls", "target"],
            rows,
        )
    ]


def _row(bench: Bench, database: Database, wechat: Simulation) -> list[object]:
    database.fresh()
    found = bench.job("tags", database, bench.followers, wechat).report["seconds"]
    # The pages of each tag with the empty one at their end, the list of the tags; 5 % for tags
    # that are a little larger than others.
    pages = -(-bench.followers * PERCENT // 100 // PAGE) + 1
    diagnose = bench.diagnose(found["calls"], round(1.05 * (TAGS * pages + 1)))
    shown = [f"{found[name]:.2f}" for name in ("first", "again")]
    return [database.name, f"{found['memberships']:,}", *shown, found["calls"], diagnose]
