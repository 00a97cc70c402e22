"""(f) Profiles with a slow WeChat, against what so many calls at a time allow."""

from .harness import Bench, Table, Timing
from .simulation import Simulation

LATENCY = 0.3
CALLS_AT_ONCE, BATCH = 8, 100
TARGET = 0.8
# More of them bring nothing new, and a million would take six minutes a round.
MOST = 100_000


def run(bench: Bench) -> list[Table]:
    followers = min(bench.followers, MOST)
    calls = -(-followers // BATCH)
    possible = -(-calls // CALLS_AT_ONCE) * LATENCY
    rows = []
    with Simulation(followers, LATENCY) as wechat:
        for database in bench.databases:
            seconds = Timing()
            for _ in range(bench.rounds):
                database.fresh()
                seconds.add(bench.job("details", database, followers, wechat).seconds)
            share = Timing(possible / one for one in seconds.rounds)
            rate = f"{followers / seconds.median:,.0f}"
            diagnose = bench.diagnose(share.median, TARGET, at_least=True)
            rows.append([database.name, f"{possible:.1f}", seconds, rate, share, diagnose])
    return [
        Table(
            f"(f) Profiles of {followers:,} followers with {LATENCY} s for each call",
            f"Possible: {calls:,} calls of {BATCH} profiles, {CALLS_AT_ONCE} at a time, nothing "
            "else. Only the stage of the profiles is timed.",
            ["database", "possible, s", "profiles, s", "followers/s", "share", "target"],
            rows,
        )
    ]
