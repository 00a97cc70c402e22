import os
import signal
import sys

import psutil
import pytest

from followers.management import processes
from followers.management.processes import Children
from tests.stack import wait_for

SLEEPS = "import time; time.sleep(600)"
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True);"
)
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {0!r}]);" + DEAF + SLEEPS


def python(code):
    return [sys.executable, "-c", code]


@pytest.fixture
def children(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    children = Children(str(tmp_path))
    yield children
    children.stop()


@pytest.fixture
def signals():
    before = {number: signal.getsignal(number) for number in processes.STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_stop_ends_every_process(children):
    for name in ("one", "two"):
        children.start(name, python(SLEEPS), os.environ)
    children.stop()
    assert [process.poll() for process in children.running.values()] == [-15, -15]


def test_stop_kills_what_does_not_listen_and_its_descendants(children, capfd):
    children.start("deaf", python(PARENT.format(DEAF + SLEEPS)), os.environ)
    leader = psutil.Process(children.running["deaf"].pid)
    wait_for(lambda: capfd.readouterr().out and leader.children())
    grandchildren = leader.children()
    children.stop()
    assert children.running["deaf"].poll() == -9
    assert not any(map(processes.is_alive, grandchildren))


def test_lines_carry_the_name_of_the_process(children, capsys):
    children.start("talker", python("print('粉丝')"), {**os.environ, "PYTHONIOENCODING": "utf-8"})
    wait_for(children.ended)
    children.stop()
    assert "[talker] 粉丝\n" in capsys.readouterr().out


def test_waiting_ends_with_a_process(children):
    children.start("short", python(""), os.environ)
    assert not children.wait_until(lambda: False)
    assert children.ended() == "short"


def test_waiting_ends_when_the_condition_holds(children):
    children.start("long", python(SLEEPS), os.environ)
    assert children.wait_until(lambda: True)


@pytest.mark.parametrize("number", processes.STOP_SIGNALS)
def test_waiting_ends_with_a_signal_and_a_second_one_changes_nothing(children, signals, number):
    children.stop_on_signals()
    children.start("long", python(SLEEPS), os.environ)
    for _ in range(2):
        os.kill(os.getpid(), number)
    assert not children.wait_until(lambda: False)
    assert children.ended() is None


def test_the_terminal_s_signal_does_not_reach_the_processes(children):
    children.start("long", python(SLEEPS), os.environ)
    assert os.getsid(children.running["long"].pid) != os.getsid(0)
