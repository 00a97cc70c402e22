"""Fetch the next piece while this one is written."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ..wechat.errors import TokenRefused

T = TypeVar("T")


class Ahead(Generic[T]):
    """At most one call under way in a thread, known by the checkpoint that it starts from."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._key: str | None = None
        self._future: Future[T] | None = None

    def start(self, key: str, call: Callable[[], T]) -> None:
        self._key, self._future = key, self._pool.submit(call)

    def take(self, key: str) -> T | None:
        """The answer for this checkpoint, waited for; None if nothing usable was asked ahead.

        A refused token is not an error here: the caller asks again with the token store at hand.
        """
        future = self._future if self._key == key else None
        self.drop()
        if future is None:
            return None
        try:
            return future.result()
        except TokenRefused:
            return None

    def drop(self) -> None:
        self._key = self._future = None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
