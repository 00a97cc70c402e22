"""(j) A workbook of 200,000 lines, against what openpyxl alone takes."""

from .harness import Bench, Table, Timing

MOST = 200_000
TARGET = 0.6


def run(bench: Bench) -> list[Table]:
    lines = min(bench.followers, MOST)
    database = bench.databases[0]
    ours, usual = Timing(), Timing()
    for _ in range(bench.rounds):
        ours.add(bench.job("workbook", database, lines).seconds)
        usual.add(bench.job("workbook_usual", database, lines).seconds)
    ratio = ours.ratio(usual)
    diagnose = bench.diagnose(ratio.median, TARGET)
    return [
        Table(
            f"(j) Reading a workbook of {lines:,} lines and four columns",
            "In a process of its own and back, hidden rows, errors and formulas seen; openpyxl "
            "reads the values alone.",
            ["ours, s", "openpyxl, s", "ratio", "target"],
            [[ours, usual, ratio, diagnose]],
        )
    ]
