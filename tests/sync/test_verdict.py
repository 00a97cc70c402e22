"""What the evidence of a list that looks wrong says."""

import pytest

from followers.sync.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_000}, Verdict.LEFT),
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_150}, Verdict.LEFT),
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_200}, Verdict.COUNT_DIFFERS),
        ({"asked": 300, "still": 0, "listed": 15_200, "total": 15_000}, Verdict.COUNT_DIFFERS),
        ({"asked": 300, "still": 1, "listed": 15_000, "total": 15_000}, Verdict.SOME_FOLLOW),
        ({"asked": 300, "still": 150, "listed": 15_000, "total": 15_000}, Verdict.SOME_FOLLOW),
        ({"asked": 300, "still": 151, "listed": 15_000, "total": 15_000}, Verdict.CUT_SHORT),
        ({"gone": 9, "listed": 15_000, "total": 15_000}, Verdict.UNASKED),
        ({"gone": 9, "listed": 0, "total": 15_000}, Verdict.UNASKED_COUNT_DIFFERS),
        ({"gone": 0, "listed": 5, "total": 15_000}, Verdict.NOBODY_MISSING),
        ({}, Verdict.UNASKED),
    ],
)
def test_the_verdict_follows_from_the_numbers(facts, found):
    assert verdict(facts) is found
    assert found.is_believed is (found is Verdict.LEFT)
