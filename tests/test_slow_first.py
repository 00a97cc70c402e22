"""Slow tests begin first on each worker of pytest-xdist."""

import pytest

from .slow_first import dealt


def pieces(items, workers):
    """As pytest-xdist's worksteal cuts them."""
    found, left = [], list(items)
    for number in range(workers):
        size = len(left) // (workers - number)
        found.append(left[:size])
        left = left[size:]
    return found


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize(("slow", "quick"), [(7, 100), (100, 7), (5, 0), (0, 5), (1, 1)])
def test_nothing_is_lost_and_every_worker_begins_with_its_share(workers, slow, quick):
    slow, quick = [f"slow{n}" for n in range(slow)], [f"quick{n}" for n in range(quick)]
    items = dealt(slow, quick, workers)
    assert sorted(items) == sorted(slow + quick)
    assert [it for it in items if it in quick] == quick
    if len(quick) > len(slow):
        for number, piece in enumerate(pieces(items, workers)):
            share = slow[number::workers]
            assert piece[: len(share)] == share
