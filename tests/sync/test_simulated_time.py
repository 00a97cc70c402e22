"""Months of syncs end in the account's followers, and in a history that its record agrees with."""

import pytest

from .simulated_time import SimulatedTime, syncs


@pytest.mark.parametrize("seed", range(12))
def test_the_history_agrees_with_the_record(db, queue, settings, monkeypatch, seed):
    settings.SYNC_SLICE_SECONDS = 60 if seed % 2 else 0
    time = SimulatedTime(monkeypatch, seed)
    for run in syncs(time, rounds=5):
        assert run.status == "succeeded", (run.status, run.reason, run.error_params)
    time.check()
