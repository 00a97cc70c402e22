"""Real supervisors, a real web server and a real webhook: what is told, and by whom."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from followers.alerts import addresses
from followers.fields import encrypt
from tests.stack import ROOT, free_ports, wait_for

from .servers import Webhook, running

pytestmark = pytest.mark.worker
FEW = {"followers": 30, "page_size": 10}


@pytest.fixture
def hook(installation):
    """A webhook that is told everything in English; the first installation's only target."""
    installation.start_sandbox(**FEW)
    with running(Webhook()) as server:
        url = encrypt(addresses.make_address("webhook", webhook=server.url))
        now = "2026-01-01 00:00:00+00:00"
        installation.database.change(
            "INSERT INTO followers_alerttarget (name, service, url, kinds, language, summary_at,"
            " is_active, created_at)"
            f" VALUES ('Ops', 'webhook', '{url}', '[\"sync_failed\", \"no_worker\"]', 'en',"
            f" '09:00', true, '{now}')"
        )
        yield server


@contextmanager
def web(installation):
    [port] = free_ports(1)
    arguments = ["--interface", "wsgi", "--port", str(port), "--log-level", "warning"]
    log = installation.directory / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *arguments, "wxadmin.wsgi:application"],
            cwd=ROOT,
            env=installation.environment | {"WATCH_WORKERS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status
    except OSError as error:
        return getattr(error, "code", None)


def titles(hook):
    return [message["title"] for message in hook.got]


def test_two_supervisors_tell_a_failure_and_its_end_once(installation, hook):
    """One of them is killed before the end."""
    sandbox = installation.sandbox
    sandbox.fault("40164", path="/cgi-bin/user/get")
    workers = [installation.start_worker() for _ in range(2)]
    installation.sync()
    wait_for(lambda: titles(hook))
    sandbox.clear()
    workers[0].kill()
    installation.sync()
    wait_for(lambda: len(hook.got) == 2)
    installation.wait_until_ended()
    failed, over = titles(hook)
    assert failed.endswith(": A sync has failed")
    assert over == f"Over: {failed}"
    assert "s3cr3t" not in installation.log


def test_the_web_process_tells_that_all_workers_are_dead(installation, hook):
    worker = installation.start_worker()
    wait_for(lambda: installation.database.query("SELECT 1 FROM followers_worker"))
    with web(installation) as url:
        wait_for(lambda: answers(f"{url}/readyz?worker=1") == 200)
        worker.kill()
        # Two minutes go by.
        installation.database.change("UPDATE followers_worker SET seen_at = '2026-11-01 00:00:00'")
        assert answers(f"{url}/readyz?worker=1") == 503
        assert answers(f"{url}/readyz") == 200
        wait_for(lambda: titles(hook) == ["No worker is running"], 60)
        installation.start_worker()
        wait_for(lambda: titles(hook)[1:] == ["Over: No worker is running"], 60)
        assert answers(f"{url}/readyz?worker=1") == 200
