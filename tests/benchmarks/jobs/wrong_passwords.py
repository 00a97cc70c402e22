"""A member's pages from a real web server, while somebody at one address tries passwords, and not.

Answers two lists of seconds a page: [without, with].
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import requests
from django.contrib.auth.models import User
from django.test import Client

from tests.stack import ROOT, free_ports

ROUNDS, SECONDS = 4, 15
A_MINUTE = 1_000
PASSWORD = "a long password"


def run(_followers: int) -> list[list[float]]:
    User.objects.create_superuser("benchmark", password=PASSWORD)
    member = Client(headers={"host": "localhost"})
    member.force_login(User.objects.get())
    cookie = {"sessionid": member.cookies["sessionid"].value}
    without: list[float] = []
    beside: list[float] = []
    with _web() as site:
        _read(site, cookie, 3)
        for _round in range(ROUNDS):
            without += _read(site, cookie, SECONDS)
            with _guessing(site):
                beside += _read(site, cookie, SECONDS)
    return [without, beside]


def _read(site: str, cookie: dict[str, str], seconds: float) -> list[float]:
    """Seconds of each page, one after the other, with the pause of a quick reader."""
    found = []
    end = time.monotonic() + seconds
    with requests.Session() as session:
        session.cookies.update(cookie)
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = session.get(f"{site}/admin/followers/follower/", timeout=60)
            found.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.status_code
            time.sleep(0.2)
    return found


@contextmanager
def _guessing(site: str) -> Iterator[None]:
    """1,000 times a minute, each time another name, which is the dearest way."""
    done = Event()
    thread = Thread(target=_guess, args=(site, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _guess(site: str, done: Event) -> None:
    address = f"{site}/admin/login/"
    with requests.Session() as session:
        session.get(address, timeout=60)
        due = time.monotonic()
        while not done.wait(max(0.0, due - time.monotonic())):
            due += 60 / A_MINUTE
            form = {"username": f"name{time.monotonic_ns()}", "password": "wrong"}
            form["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
            answer = session.post(address, form, timeout=60)
            assert answer.status_code in {200, 429}, answer.status_code


@contextmanager
def _web() -> Iterator[str]:
    """The web server as it is deployed; yields its address."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--log-level", "warning", "wxadmin.wsgi:application"]
    site = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{site}/healthz")
            yield site
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    for _try in range(300):
        try:
            requests.get(address, timeout=10).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)
