"""Child processes that end together with the command that started them."""

import contextlib
import io
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType

import psutil

POLL_SECONDS = 0.1
GRACE_SECONDS = 8.0

# Closing the terminal is HUP, `kill` is TERM, Ctrl-C is INT.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Member = subprocess.Popen[bytes] | psutil.Process


class Children:
    """Starts processes, shows what they write with their name in front, and ends them all.

    Each gets a session of its own: Ctrl-C in the terminal reaches the parent alone, which then ends
    them in good order. The first signal asks to stop, further ones change nothing.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.stopping = False
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.readers: list[threading.Thread] = []

    def stop_on_signals(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        # A plain flag: the interrupted code may hold any lock.
        self.stopping = True

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        reader = threading.Thread(target=show_lines, args=(name, process), daemon=True)
        reader.start()
        self.running[name] = process
        self.readers.append(reader)

    def ended(self) -> str | None:
        """The name of a process that has ended, or None."""
        for name, process in self.running.items():
            if process.poll() is not None:
                return name
        return None

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """Returns False if asked to stop, or if a process ended, before the condition was true."""
        while not (self.stopping or self.ended()):
            if condition():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def stop(self) -> None:
        """End all processes and their descendants, the last one started first.

        The first ones serve the others, so they must outlive them.
        """
        for process in reversed(self.running.values()):
            end_process(process)
        for reader in self.readers:
            reader.join(timeout=1)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process alone; after the grace period, kill it and its descendants.

    A parent knows in which order to end its children.
    """
    family: list[Member] = [process, *descendants(process)]
    process.terminate()
    wait_for_end(family)
    family += descendants(process)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            if is_alive(member):
                member.kill()
    # Killed processes take a while to disappear.
    wait_for_end(family)
    process.wait()


def wait_for_end(family: list[Member]) -> None:
    """Return when all have ended, after ``GRACE_SECONDS`` at the latest."""
    deadline = time.monotonic() + GRACE_SECONDS
    while any(is_alive(member) for member in family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_alive(process: Member) -> bool:
    """Whether a process runs; False for a zombie."""
    if isinstance(process, subprocess.Popen):
        return process.poll() is None
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def show_lines(name: str, process: subprocess.Popen[bytes]) -> None:
    """Copy a process's output to the terminal, and keep reading if the terminal is gone.

    Otherwise the process would block on its full pipe.
    """
    with process.stdout or io.BytesIO() as lines:
        for line in lines:
            with contextlib.suppress(OSError, ValueError):
                print(f"[{name}] {line.decode('utf-8', 'replace').rstrip()}", flush=True)
