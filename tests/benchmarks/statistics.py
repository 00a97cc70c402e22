"""(l) A year of figures of one account with very many subscriptions, on PostgreSQL alone."""

from .harness import Bench, Table, Timing

SUBSCRIPTIONS = 20
TARGET_SECONDS = 0.05


def run(bench: Bench) -> list[Table]:
    """As many subscriptions as SUBSCRIPTIONS times the followers that are asked for."""
    subscriptions = bench.followers * SUBSCRIPTIONS
    tables = []
    for database in bench.databases:
        if database.name != "PostgreSQL":
            continue
        database.fresh()
        bench.job("subscriptions", database, subscriptions)
        found = bench.job("figures", database, subscriptions).report["seconds"]
        rows: list[list[object]] = []
        for what, seconds in found["readings"].items():
            kept = Timing(1000 * it for it in seconds["kept"])
            met = bench.diagnose(kept.median / 1000, TARGET_SECONDS)
            rows.append([what, kept, f"{seconds['rows']:.1f}", met])
        note = (
            "Read from the kept figures, and counted from the subscriptions, which gives the same "
            f"rows. The recount of all {found['figures']:,} rows of figures took "
            f"{found['recount']:.0f} s. Targets are in seconds."
        )
        head = ["what", "from the figures, ms", "from the subscriptions, s", "target"]
        title = f"(l) Figures of an account with {subscriptions:,} subscriptions in two years"
        tables.append(Table(title, note, head, rows))
    return tables
