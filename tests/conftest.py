import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The whole product running: web server, worker and 23,000 simulated followers."""
    with Stack(tmp_path_factory.mktemp("demo"), followers=23_000) as stack:
        yield stack
