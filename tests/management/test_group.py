"""What a process of the group does when its parent ends: it must not be left over."""

import os
import subprocess
import sys

import psutil
import pytest

from followers.management.processes import is_alive
from tests.stack import ROOT, wait_for

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells of a parent's end"
)

BOUND = "import os, time; from followers.management import group; group._kill_with_parent({0}); {1}"
SLEEP = "print('bound', flush=True); time.sleep(600)"


def python(code: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_child_dies_with_its_parent():
    child = BOUND.format("os.getppid()", SLEEP)
    parent = python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
    with parent:
        assert parent.stdout.readline() == "bound\n"
        (left,) = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
        wait_for(lambda: not is_alive(left))


def test_a_child_whose_parent_is_gone_already_ends_itself():
    with python(BOUND.format(os.getppid(), SLEEP)) as child:
        assert child.wait(60) == 1


def test_a_child_with_its_parent_goes_on():
    with python(BOUND.format(os.getpid(), "print('bound')")) as child:
        assert child.wait(60) == 0
