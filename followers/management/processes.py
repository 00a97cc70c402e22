"""Processes that live and die together with the command that started them."""

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
        # A plain flag: a lock taken here could be one that the interrupted code holds.
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
        """The name of a process that has ended, if one has."""
        for name, process in self.running.items():
            if process.poll() is not None:
                return name
        return None

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """False when asked to stop, or when a process ended, before the condition held."""
        while not (self.stopping or self.ended()):
            if condition():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def stop(self) -> None:
        """End every process and all that came of them; the last one started ends first.

        Those started first serve the others, and are still there while the others finish.
        """
        for process in reversed(self.running.values()):
            end(process)
        for reader in self.readers:
            reader.join(timeout=1)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process alone, then kill it and its descendants if that was not enough.

    A process in charge of others knows in which order to end them.
    """
    family: list[Member] = [process, *descendants(process)]
    process.terminate()
    await_end(family)
    family += descendants(process)
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            if alive(member):
                member.kill()
    # The system takes its time to end what it was told to kill.
    await_end(family)
    process.wait()


def await_end(family: list[Member]) -> None:
    """Return when all have ended, after ``GRACE_SECONDS`` at the latest."""
    deadline = time.monotonic() + GRACE_SECONDS
    while any(alive(member) for member in family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def alive(process: Member) -> bool:
    """An orphan that nobody has waited for has ended, although its number is still listed."""
    if isinstance(process, subprocess.Popen):
        return process.poll() is None
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def show_lines(name: str, process: subprocess.Popen[bytes]) -> None:
    """Copy a process's lines to the terminal, also when the terminal is gone.

    A process whose pipe nobody empties would stand still.
    """
    with process.stdout or io.BytesIO() as lines:
        for line in lines:
            with contextlib.suppress(OSError, ValueError):
                print(f"[{name}] {line.decode('utf-8', 'replace').rstrip()}", flush=True)
