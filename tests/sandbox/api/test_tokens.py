import pytest

from followers.sandbox.api.errors import ApiError
from followers.sandbox.api.tokens import Tokens

from ..conftest import Clock


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(7200, clock)


def refusal(tokens: Tokens, value: str) -> int:
    try:
        tokens.check(value)
    except ApiError as error:
        return error.errcode
    return 0


def test_a_stable_token_stays_the_same(tokens: Tokens, clock: Clock):
    first, lives = tokens.issue_stable()
    clock.forward(6000)
    assert tokens.issue_stable() == (first, 1200)
    assert lives == 7200
    assert tokens.issued == {"stable": 1}


def test_it_is_renewed_in_its_last_five_minutes(tokens: Tokens, clock: Clock):
    first, _ = tokens.issue_stable()
    clock.forward(6950)
    second, lives = tokens.issue_stable()
    assert second != first
    assert lives == 7200
    assert (refusal(tokens, first), refusal(tokens, second)) == (0, 0)


def test_it_ends(tokens: Tokens, clock: Clock):
    value, _ = tokens.issue_stable()
    clock.forward(7200)
    assert refusal(tokens, value) == 42001


def test_forcing_kills_the_token_before_at_once(tokens: Tokens):
    first, _ = tokens.issue_stable()
    second, _ = tokens.issue_stable(force=True)
    assert refusal(tokens, first) == 40001
    assert refusal(tokens, second) == 0


def test_forcing_twice_within_half_a_minute_changes_nothing(tokens: Tokens, clock: Clock):
    first, _ = tokens.issue_stable(force=True)
    clock.forward(29)
    assert tokens.issue_stable(force=True)[0] == first
    clock.forward(1)
    assert tokens.issue_stable(force=True)[0] != first


def test_forcing_is_possible_twenty_times_a_day(tokens: Tokens, clock: Clock):
    for _ in range(20):
        tokens.issue_stable(force=True)
        clock.forward(30)
    with pytest.raises(ApiError) as caught:
        tokens.issue_stable(force=True)
    assert caught.value.errcode == 45009
    clock.forward(86400)
    assert tokens.issue_stable(force=True)


def test_a_classic_token_outlives_its_successor_by_five_minutes(tokens: Tokens, clock: Clock):
    first, _ = tokens.issue_classic()
    second, _ = tokens.issue_classic()
    clock.forward(299)
    assert refusal(tokens, first) == 0
    clock.forward(1)
    assert refusal(tokens, first) == 40001
    assert refusal(tokens, second) == 0


def test_the_two_kinds_leave_each_other_alone(tokens: Tokens, clock: Clock):
    stable, _ = tokens.issue_stable()
    tokens.issue_classic()
    tokens.issue_classic()
    clock.forward(400)
    assert refusal(tokens, stable) == 0


@pytest.mark.parametrize(("value", "code"), [("", 41001), ("short", 40014), ("x" * 120, 40001)])
def test_what_was_never_issued_is_refused(tokens: Tokens, value: str, code: int):
    assert refusal(tokens, value) == code


def test_short_lives_overlap_shorter(clock: Clock):
    tokens = Tokens(60, clock)
    first, _ = tokens.issue_stable()
    clock.forward(29)
    assert tokens.issue_stable()[0] == first
    clock.forward(1)
    assert tokens.issue_stable()[0] != first
