"""Workers that are killed again and again, alone or beside others."""

from contextlib import suppress

import pytest

from tests.installation import RECOVERY_SECONDS
from tests.stack import wait_for

from .conftest import assert_exact

pytestmark = [pytest.mark.drill, pytest.mark.worker]

MANY = {"followers": 300_000, "latency": 0.5}
PAGES = 30
KILLS = 10
WASTED = 3


def some_time(chance, worker):
    """A random part of a page's time."""
    with suppress(TimeoutError):
        wait_for(lambda: worker.supervisor.poll() is not None, chance.uniform(0, 0.6))


def test_a_group_killed_ten_times_costs_three_calls_each_at_most(installation, chance):
    installation.start_sandbox(**MANY)
    worker = installation.start_worker()
    installation.sync()
    for pages in sorted(chance.sample(range(1, PAGES), KILLS)):
        installation.wait_for_pages(pages)
        some_time(chance, worker)
        family = worker.process_tree()
        worker.kill_children()
        wait_for(lambda family=family: worker.is_replaced(family))
    assert_exact(installation)
    assert installation.runs("fetched, added, pages") == [(300_000, 300_000, PAGES)]
    assert installation.extra_calls <= WASTED * KILLS


def test_of_two_workers_one_dies_with_its_supervisor(installation):
    installation.start_sandbox(**MANY)
    workers = [installation.start_worker()]
    installation.sync()
    installation.wait_for_pages(3)
    workers.append(installation.start_worker())
    workers[0].kill()
    installation.wait_for_more_pages(RECOVERY_SECONDS)
    assert_exact(installation)
    assert installation.extra_calls <= WASTED


def test_two_accounts_at_once_on_two_workers(installation):
    other = ("wxsecond0000000001", "0123456789abcdef0123456789abcdef", 150_000)
    installation.start_sandbox(followers=150_000, latency=0.5, other_accounts=[other])
    for _ in range(2):
        installation.start_worker()
    for app_id in installation.sandbox.simulation.accounts:
        installation.sync(app_id)
    wait_for(lambda: min(pages for (pages,) in installation.runs("pages")) > 1)
    assert [status for (status,) in installation.runs("status")] == ["running", "running"]
    assert_exact(installation, runs=2)
    assert installation.runs("added, pages") == [(150_000, 15)] * 2
