"""Very many random lives. The assertion names the seed of the one that failed."""

import pytest

from tests.history import properties
from tests.history.lives import make_life

pytestmark = pytest.mark.drill

LIVES, ODD = 90_000, 10_000


def test_a_hundred_thousand_lives(chance):
    first = chance.randrange(10**9)
    for seed in range(first, first + LIVES):
        life = make_life(seed)
        for holds in properties.ALL:
            holds(life)
    for seed in range(first + LIVES, first + LIVES + ODD):
        life = make_life(seed, odd=True)
        for holds in properties.OF_ODD_LIVES:
            holds(life)
