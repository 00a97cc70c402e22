"""A worker freezes between fetch and commit for longer than its lease, and wakes up too late."""

import os
import signal

import pytest

from tests.stack import wait_for

from .conftest import assert_exact

pytestmark = [pytest.mark.drill, pytest.mark.worker]

REFUSED = "was taken over or ended by somebody else"
SHORT = {
    "DJANGO_SETTINGS_MODULE": "tests.drills.settings",
    "SYNC_WAKE_SECONDS": 1,
    "SYNC_SLICE_SECONDS": 2,
    "SYNC_STEP_SECONDS": 2,
    "SYNC_LEASE_SECONDS": 3,
    "QUEUE_TIMEOUT": 600,
    "QUEUE_RETRY": 900,
}


@pytest.fixture
def frozen(installation, tmp_path):
    """A run of twenty pages whose worker has frozen when it was about to store the fourth."""
    order = tmp_path / "freeze.order"
    installation.settings |= SHORT | {"FREEZE": order}
    installation.start_sandbox(followers=2000, page_size=100, latency=0.3)
    for _ in range(2):
        installation.start_worker()
    order.write_text("3 before")
    installation.sync()
    done = order.with_suffix(".done")
    wait_for(done.exists)
    assert installation.pages == 3
    yield int(done.read_text())
    os.kill(int(done.read_text()), signal.SIGCONT)


def wake_up(installation, frozen, said=REFUSED):
    """The late one goes on; wait until it has been told that it lost, as the log says."""
    before = installation.log.count(said)
    os.kill(frozen, signal.SIGCONT)
    wait_for(lambda: installation.log.count(said) > before)


def test_its_late_commit_is_refused(installation, frozen):
    installation.wait_for_more_pages()
    wake_up(installation, frozen)
    assert_exact(installation)
    assert installation.runs("pages, fetched, added") == [(20, 2000, 2000)]


def test_it_is_refused_after_the_run_has_ended(installation, frozen):
    assert installation.wait_until_ended() == ["succeeded"]
    before = installation.database.query("SELECT * FROM followers_syncrun")
    wake_up(installation, frozen)
    assert installation.database.query("SELECT * FROM followers_syncrun") == before
    assert_exact(installation)


def test_it_is_refused_when_the_walk_was_restarted_meanwhile(installation, frozen):
    installation.sandbox.fault("40003", count=1)
    number = "SELECT walk_number FROM followers_syncstage"
    wait_for(lambda: installation.database.query(number) == [(2,)])
    stored = installation.pages
    # The new walk stands where the frozen one stood: the cursor alone would not tell them apart.
    installation.wait_for_pages(stored + 3)
    wake_up(installation, frozen)
    assert_exact(installation)
    numbers = installation.database.query(
        "SELECT walk_number, count(*) FROM followers_syncpage GROUP BY 1 ORDER BY 1"
    )
    assert numbers == [(1, stored), (2, 20)]
    assert installation.runs("fetched, added") == [(2000, 2000)]


def test_it_is_refused_when_the_run_was_cancelled_and_another_started(installation, frozen):
    installation.manage(
        "shell",
        "-v0",
        "-c",
        "from followers.models import SyncRun; from followers.runs import engine;"
        "assert engine.cancel(SyncRun.objects.get())",
    )
    stored = installation.pages
    installation.sync()
    installation.wait_for_pages(3)
    wake_up(installation, frozen, "ended: cancelled")
    assert installation.wait_until_ended() == ["cancelled", "succeeded"]
    assert installation.runs("pages") == [(stored,), (20,)]
    assert installation.followers() == installation.sandbox.followers()
