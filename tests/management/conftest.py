from collections.abc import Iterator

import pytest

from tests.installation import Database, Installation, migrated


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with migrated(tmp_path_factory.mktemp("template")) as database:
        yield database


@pytest.fixture
def installation(template: Database, tmp_path) -> Iterator[Installation]:
    """Nothing in it yet; a run of it takes slices of two seconds."""
    database = template.copy(tmp_path)
    try:
        settings = {"SYNC_WAKE_SECONDS": 1, "SYNC_SLICE_SECONDS": 2}
        with Installation(tmp_path, database, **settings) as installation:
            yield installation
    finally:
        database.drop()
