"""Calls that run while the database is busy with the ones before."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ..wechat.errors import TokenRefused

T = TypeVar("T")


class Ahead(Generic[T]):
    """Calls under way in threads, each known by a key. The threads must not touch the database."""

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="ahead")
        self._futures: dict[Hashable, Future[T]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._futures

    def start(self, key: Hashable, call: Callable[[], T]) -> None:
        self._futures[key] = self._pool.submit(call)

    def take(self, key: Hashable) -> T | None:
        """The answer for this key, waited for; None if nothing usable was asked ahead.

        A refused token is not an error here: the caller asks again with the token store at hand.
        """
        future = self._futures.pop(key, None)
        if future is None:
            return None
        try:
            return future.result()
        except TokenRefused:
            return None

    def drop(self) -> None:
        """Forget what is under way; the calls may still be made, their answers are not wanted."""
        for future in self._futures.values():
            future.cancel()
        self._futures.clear()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
