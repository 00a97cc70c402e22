"""`make bench`: run them, print the tables, and with WRITE=1 keep them in docs/benchmarks.md."""

import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import django
import psutil

from tests import environment  # noqa: F401 (keys and no .env, for this process and its jobs)

from . import (
    details_rate,
    edits,
    files,
    first_sync,
    growth,
    lists,
    resync,
    sign_in,
    statistics,
    tags,
    three_accounts,
    upgrade,
    usual_ways,
)
from .databases import ROOT, Database, SQLite, postgresql
from .harness import Bench

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
ALL = {
    "first": first_sync.run,
    "usual": usual_ways.run,
    "resync": resync.run,
    "growth": growth.run,
    "details": details_rate.run,
    "lists": lists.run,
    "tags": tags.run,
    "edits": edits.run,
    "files": files.run,
    "upgrade": upgrade.run,
    "statistics": statistics.run,
    "accounts": three_accounts.run,
    "sign_in": sign_in.run,
}


def main() -> int:
    """Exit status 2 when ONLY names something that does not exist."""
    chosen = os.environ.get("ONLY", "").split() or list(ALL)
    if unknown := set(chosen) - set(ALL):
        print(f"ONLY knows {', '.join(ALL)}; not {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    followers, rounds = (int(os.environ.get(name) or 0) for name in ("N", "ROUNDS"))
    with _databases() as databases:
        bench = Bench(followers or 1_000_000, rounds or 3, databases, _say)
        parts = [_show(_machine(bench))]
        for name in chosen:
            parts += [_show(str(table)) for table in ALL[name](bench)]
    if os.environ.get("WRITE"):
        _keep("\n".join(parts))
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _databases() -> Iterator[Sequence[Database]]:
    with tempfile.TemporaryDirectory() as directory:
        sqlite = SQLite(Path(directory))
        server = postgresql()
        if server is None:
            _say("No PostgreSQL answers: name one in DATABASE_URL. Going on with SQLite alone.")
            yield [sqlite]
            return
        try:
            yield [sqlite, server]
        finally:
            server.drop()


def _machine(bench: Bench) -> str:
    memory = psutil.virtual_memory().total / 1e9
    versions = [f"Python {platform.python_version()}", f"Django {django.__version__}"]
    versions += [database.version for database in bench.databases]
    return (
        f"{date.today():%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GB of memory, "
        f"{platform.system()}, {', '.join(versions)}. The simulated WeChat and the database server "
        f"share these cores. {bench.rounds} rounds; median (least-most).\n"
    )


def _show(part: str) -> str:
    print(part, flush=True)
    return part


def _keep(report: str) -> None:
    """Put the tables between the two marks of docs/benchmarks.md."""
    before, rest = DOCUMENT.read_text().split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{report}\n{END}{after}")


sys.exit(main())
