import pytest

from followers.sandbox.api.errors import Refused
from followers.sandbox.api.tokens import Tokens

from ..conftest import Clock


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(7200, clock)


def refusal(tokens: Tokens, value: str) -> int:
    try:
        tokens.check(value)
    except Refused as refused:
        return refused.code
    return 0


def test_a_stable_token_stays_the_same(tokens: Tokens, clock: Clock):
    first, lives = tokens.stable()
    clock.forward(6000)
    assert tokens.stable() == (first, 1200)
    assert lives == 7200
    assert tokens.issued == {"stable": 1}


def test_it_is_renewed_in_its_last_five_minutes(tokens: Tokens, clock: Clock):
    first, _ = tokens.stable()
    clock.forward(6950)
    second, lives = tokens.stable()
    assert second != first
    assert lives == 7200
    assert (refusal(tokens, first), refusal(tokens, second)) == (0, 0)


def test_it_ends(tokens: Tokens, clock: Clock):
    value, _ = tokens.stable()
    clock.forward(7200)
    assert refusal(tokens, value) == 42001


def test_forcing_kills_the_token_before_at_once(tokens: Tokens):
    first, _ = tokens.stable()
    second, _ = tokens.stable(force=True)
    assert refusal(tokens, first) == 40001
    assert refusal(tokens, second) == 0


def test_forcing_twice_within_half_a_minute_changes_nothing(tokens: Tokens, clock: Clock):
    first, _ = tokens.stable(force=True)
    clock.forward(29)
    assert tokens.stable(force=True)[0] == first
    clock.forward(1)
    assert tokens.stable(force=True)[0] != first


def test_forcing_is_possible_twenty_times_a_day(tokens: Tokens, clock: Clock):
    for _ in range(20):
        tokens.stable(force=True)
        clock.forward(30)
    with pytest.raises(Refused) as caught:
        tokens.stable(force=True)
    assert caught.value.code == 45009
    clock.forward(86400)
    assert tokens.stable(force=True)


def test_a_classic_token_outlives_its_successor_by_five_minutes(tokens: Tokens, clock: Clock):
    first, _ = tokens.classic()
    second, _ = tokens.classic()
    clock.forward(299)
    assert refusal(tokens, first) == 0
    clock.forward(1)
    assert refusal(tokens, first) == 40001
    assert refusal(tokens, second) == 0


def test_the_two_kinds_leave_each_other_alone(tokens: Tokens, clock: Clock):
    stable, _ = tokens.stable()
    tokens.classic()
    tokens.classic()
    clock.forward(400)
    assert refusal(tokens, stable) == 0


@pytest.mark.parametrize(("value", "code"), [("", 41001), ("short", 40014), ("x" * 120, 40001)])
def test_what_was_never_issued_is_refused(tokens: Tokens, value: str, code: int):
    assert refusal(tokens, value) == code


def test_short_lives_overlap_shorter(clock: Clock):
    tokens = Tokens(60, clock)
    first, _ = tokens.stable()
    clock.forward(29)
    assert tokens.stable()[0] == first
    clock.forward(1)
    assert tokens.stable()[0] != first
