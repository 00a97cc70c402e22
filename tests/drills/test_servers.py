"""Redis that forgets everything, and PostgreSQL that restarts, in the middle of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.installation import RECOVERY_SECONDS, Installation, migrated_database, private_redis
from tests.stack import wait_for

from .conftest import assert_exact

pytestmark = [pytest.mark.drill, pytest.mark.worker]

MANY = {"followers": 300_000, "latency": 0.3}


@contextmanager
def on(directory: Path, server: str | None = None, **settings: object) -> Iterator[Installation]:
    """An installation on this PostgreSQL server, and on a Redis that may be flushed."""
    with (
        migrated_database(directory, server) as database,
        private_redis(directory) as address,
        Installation(directory, database, REDIS_URL=address, **settings) as installation,
    ):
        yield installation


def test_redis_forgets_everything(tmp_path):
    with on(tmp_path, SYNC_SLICE_SECONDS=1) as installation:
        installation.start_sandbox(**MANY)
        worker = installation.start_worker()
        installation.sync()
        installation.wait_for_pages(3)
        with redis.Redis.from_url(installation.settings["REDIS_URL"]) as client:
            # Nobody takes the next slice's message out, so that it is there when all is forgotten.
            worker.pusher_process.suspend()
            wait_for(lambda: not client.info("clients")["blocked_clients"])
            wait_for(lambda: client.llen("django_q:wxadmin:q"))
            client.flushdb()
            worker.pusher_process.resume()
        installation.wait_for_more_pages(RECOVERY_SECONDS)
        assert_exact(installation)
        assert installation.extra_calls <= 3


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarts(server, tmp_path, mode):
    with on(tmp_path, server.url) as installation:
        installation.start_sandbox(**MANY)
        worker = installation.start_worker()
        installation.sync()
        installation.wait_for_pages(5)
        server.restart(mode)
        installation.wait_for_more_pages(RECOVERY_SECONDS)
        assert_exact(installation)
        assert worker.supervisor.poll() is None
        assert installation.extra_calls <= 3
