"""Months of syncs, many times over. The assertion tells the seed."""

import pytest

from tests.sync.simulated_time import SimulatedTime, syncs

pytestmark = pytest.mark.drill

ACCOUNTS = 150


@pytest.mark.django_db
def test_years_of_syncs(chance, queue, settings, monkeypatch):
    settings.SYNC_SLICE_SECONDS = 60
    first = chance.randrange(10**7)
    for seed in range(first, first + ACCOUNTS):
        time = SimulatedTime(monkeypatch, seed)
        for run in syncs(time, rounds=8):
            assert run.status == "succeeded", (seed, run.status, run.reason)
        time.check()
