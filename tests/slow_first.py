"""A pytest plug-in: what starts processes and browsers begins first, on all of xdist's workers.

pytest-xdist gives each of its workers one piece of the list, and whoever is idle takes from the
end of another's. Slow tests that come last would be done one after the other while the other
workers have nothing left, so each piece begins with its share of them.
"""

import os
from itertools import islice
from typing import Any

import pytest

SLOW = ("browser", "worker")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-django's own order."""
    slow = [item for item in items if any(map(item.get_closest_marker, SLOW))]
    known = set(slow)
    quick = [item for item in items if item not in known]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = dealt(slow, quick, workers)


def dealt(slow: list[Any], quick: list[Any], workers: int) -> list[Any]:
    """The pieces one after the other, as large as pytest-xdist will cut them."""
    found: list[Any] = []
    left, rest = len(slow) + len(quick), iter(quick)
    for number in range(workers):
        share = slow[number::workers]
        size = left // (workers - number)
        found += [*share, *islice(rest, max(0, size - len(share)))]
        left -= size
    return [*found, *rest]
