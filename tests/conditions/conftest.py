from datetime import timedelta

import pytest

from followers.runs import heartbeat


@pytest.fixture
def worker(db) -> None:
    heartbeat.beat("host/1", "1", timedelta())
