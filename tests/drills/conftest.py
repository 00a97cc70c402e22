import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation

from .servers import Server, as_owner, programs


@pytest.fixture
def installation_settings() -> dict[str, Any]:
    """Leases, slices and pauses are those of production."""
    return {}


@pytest.fixture
def chance() -> random.Random:
    """Random, and repeatable: DRILL_SEED=… make drills."""
    seed = os.environ.get("DRILL_SEED") or str(random.randrange(10**6))
    print(f"DRILL_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # pytest's own directories are closed to other users.
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        server = Server(programs(), directory, as_owner(directory))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


def assert_exact(installation: Installation, runs: int = 1) -> None:
    """Every run has succeeded, and the database says what the account says."""
    assert installation.wait_until_ended() == ["succeeded"] * runs, installation.log
    for app_id in installation.sandbox.simulation.accounts:
        population = installation.sandbox.simulation.accounts[app_id].population
        truth = {openid for block in population.openid_blocks() for openid in block}
        assert installation.followers(app_id) == truth
