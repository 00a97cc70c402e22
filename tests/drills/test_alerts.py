"""With the real waits: all workers die, somebody opens a page, and is told within three minutes."""

import pytest

from tests.alerts.test_processes import answers, hook, titles, web  # noqa: F401
from tests.stack import wait_for

pytestmark = [pytest.mark.drill, pytest.mark.worker]
PROMISED_SECONDS = 180


def test_the_web_process_tells_within_three_minutes_of_a_call(installation, hook):  # noqa: F811
    worker = installation.start_worker()
    wait_for(lambda: installation.database.query("SELECT 1 FROM followers_worker"))
    with web(installation) as url:
        worker.kill()
        wait_for(lambda: answers(f"{url}/readyz") == 200)
        wait_for(lambda: titles(hook) == ["No worker is running"], PROMISED_SECONDS)
