"""A host whose clock was wrong for a while, with Debian's faketime before real processes.

On PostgreSQL the database's clock counts, and the host's decides nothing; the drill runs there too.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT, wait_for

from .conftest import assert_exact

pytestmark = [pytest.mark.drill, pytest.mark.worker]

FOLLOWERS = 20_000
PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


def faketime(ahead):
    """Variables that let a process, and its children, live so far ahead of the others."""
    found = [
        library
        for place in PLACES
        for library in sorted(Path("/").glob(f"{place[1:]}/libfaketimeMT.so.1"))
    ]
    if not found:
        pytest.skip("faketime is not installed (apt-get install faketime)")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": ahead,
        # What is measured with it must not jump when a child begins.
        "DONT_FAKE_MONOTONIC": "1",
    }


def command(installation, **variables):
    """The foreground command, as somebody calls it on a host."""
    arguments = ["sync_followers", installation.sandbox.app_id, "--json"]
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=installation.environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def sync(installation, **variables):
    """Its last line, as JSON."""
    process = command(installation, **variables)
    out, error = process.communicate()
    assert process.returncode == 0, out + error
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("ahead", ["+1d", "+10m", "-1d"])
def test_syncs_after_a_wrong_clock_are_exact(installation, ahead):
    installation.start_sandbox(followers=FOLLOWERS, tags=3, tag_percent=20)
    people = installation.sandbox.simulation.accounts[installation.sandbox.app_id].population
    first = sync(installation, **faketime(ahead))
    assert first["added"] == FOLLOWERS
    people.leave(100)
    people.join(50)
    second = sync(installation)
    assert (second["added"], second["unsubscribed"]) == (50, 100)
    people.come_back(30)
    third = sync(installation)
    assert (third["resubscribed"], third["unsubscribed"]) == (30, 0)
    assert_exact(installation, runs=3)


def test_a_worker_goes_on_with_what_began_tomorrow(installation):
    """Killed in mid-list with its lease, its wake and its walk a day ahead."""
    installation.start_sandbox(followers=FOLLOWERS, page_size=500, latency=0.3)
    process = command(installation, **faketime("+1d"))
    try:
        wait_for(lambda: installation.runs("pages"))
        installation.wait_for_pages(5)
    finally:
        process.kill()
        process.communicate()
    account = installation.sandbox.simulation.accounts[installation.sandbox.app_id]
    account.population.leave(100)
    installation.start_worker()
    assert_exact(installation)
