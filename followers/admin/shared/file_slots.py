"""Who may work on a file now: most threads of the web server stay free for pages.

A file of 200,000 lines takes seconds whenever it is gone through, and a web server has few threads.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from followers.files.errors import FileError

# Of the four threads that a process of the web server has as we start it.
SLOTS = 2
WAIT_SECONDS = 2.0
_slots = threading.BoundedSemaphore(SLOTS)
# Who waits keeps a thread as well: one does, whoever else comes is told at once.
_queue = threading.BoundedSemaphore(1)


@contextmanager
def file_slot() -> Iterator[None]:
    """One of the places of this process. Raises FileError("busy") where none becomes free soon."""
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
    """The pieces of an answer, and what must stay open until the last is sent or nobody listens."""

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
        """Harmless after the end."""
        self._held.close()
