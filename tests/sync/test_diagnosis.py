"""What the evidence of a list that looks wrong says."""

import pytest

from followers.sync.diagnosis import Diagnosis, diagnose


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_000}, Diagnosis.LEFT),
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_150}, Diagnosis.LEFT),
        ({"asked": 300, "still": 0, "listed": 15_000, "total": 15_200}, Diagnosis.COUNT_DIFFERS),
        ({"asked": 300, "still": 0, "listed": 15_200, "total": 15_000}, Diagnosis.COUNT_DIFFERS),
        ({"asked": 300, "still": 1, "listed": 15_000, "total": 15_000}, Diagnosis.SOME_FOLLOW),
        ({"asked": 300, "still": 150, "listed": 15_000, "total": 15_000}, Diagnosis.SOME_FOLLOW),
        ({"asked": 300, "still": 151, "listed": 15_000, "total": 15_000}, Diagnosis.CUT_SHORT),
        ({"gone": 9, "listed": 15_000, "total": 15_000}, Diagnosis.UNCONFIRMED),
        ({"gone": 9, "listed": 0, "total": 15_000}, Diagnosis.UNCONFIRMED_COUNT_DIFFERS),
        ({"gone": 0, "listed": 5, "total": 15_000}, Diagnosis.NOBODY_MISSING),
        ({}, Diagnosis.UNCONFIRMED),
    ],
)
def test_the_diagnosis_follows_from_the_numbers(facts, found):
    assert diagnose(facts) is found
    assert found.should_apply is (found is Diagnosis.LEFT)
