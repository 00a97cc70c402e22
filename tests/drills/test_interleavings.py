"""The machines of tests/changes for minutes, each time elsewhere."""

import os
import random

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.changes.interplay import make_small
from tests.changes.test_stateful import Changes
from tests.changes.test_stateful_undo import Undoing
from tests.stateful import profile

pytestmark = pytest.mark.drill


@pytest.mark.parametrize(("machine", "most_tags"), [(Changes, 4), (Undoing, 20)])
def test_many_interleavings(machine, most_tags, queue, db, monkeypatch, settings):
    """Repeatable: DRILL_SEED=… make drills."""
    seed = int(os.environ.get("DRILL_SEED") or random.randrange(10**6))
    print(f"DRILL_SEED={seed}")
    make_small(monkeypatch, settings, most_tags)
    machine = hypothesis.seed(seed)(machine)
    run_state_machine_as_test(machine, settings=profile(150, 25, derandomize=False))
