from collections.abc import Iterator

import pytest

from tests.installation import Database, Installation, migrated


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with migrated(tmp_path_factory.mktemp("template")) as database:
        yield database


@pytest.fixture
def installation(template: Database, tmp_path) -> Iterator[Installation]:
    """Nothing in it yet; leases, slices and pauses are those of production."""
    database = template.copy(tmp_path)
    try:
        with Installation(tmp_path, database) as installation:
            yield installation
    finally:
        database.drop()


def assert_exact(installation: Installation, runs: int = 1) -> None:
    """Every run has succeeded, and the database says what the account says."""
    assert installation.wait_for_the_end() == ["succeeded"] * runs, installation.log
    for app_id in installation.sandbox.world.accounts:
        population = installation.sandbox.world.accounts[app_id].population
        truth = {openid for block in population.all() for openid in block}
        assert installation.followers(app_id) == truth
