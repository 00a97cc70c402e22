"""Limits how many requests read a file at once, so that threads stay free for pages.

Reading a file of 200,000 lines takes seconds, and a web server has few threads.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from followers.files.errors import FileError

# Of the four threads of a web server process as we start it.
SLOTS = 2
WAIT_SECONDS = 2.0
_slots = threading.BoundedSemaphore(SLOTS)
# A waiting request blocks a thread, too: only one waits, others fail at once.
_queue = threading.BoundedSemaphore(1)


@contextmanager
def file_slot() -> Iterator[None]:
    """One of the slots of this process. Raises FileError("busy") if none becomes free soon."""
    if not (_slots.acquire(blocking=False) or _acquire_in_queue()):
        raise FileError("busy")
    try:
        yield
    finally:
        _slots.release()


def _acquire_in_queue() -> bool:
    if not _queue.acquire(blocking=False):
        return False
    try:
        return _slots.acquire(timeout=WAIT_SECONDS)
    finally:
        _queue.release()


class HeldIterator:
    """The pieces of a response, and the resources to close after the last one or on disconnect."""

    def __init__(self, pieces: Iterator[str], held: ExitStack) -> None:
        self._pieces, self._held = pieces, held

    def __iter__(self) -> "HeldIterator":
        return self

    def __next__(self) -> str:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """May be called again."""
        self._held.close()
