"""Very many questions, of many worlds. DRILL_SEED repeats them."""

from datetime import timedelta

import hypothesis
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from followers.rows import profiles
from tests.segments.plain import matching
from tests.segments.test_language import MOMENTS, answer
from tests.segments.world import make_world, params_of, questions
from tests.stateful import profile

pytestmark = [pytest.mark.drill, pytest.mark.django_db]

WORLDS, QUESTIONS = 15, 2_000


@pytest.mark.parametrize("number", range(WORLDS))
def test_the_database_finds_whom_plain_python_finds(number, chance, monkeypatch):
    now = chance.choice(MOMENTS) + timedelta(minutes=chance.randrange(60 * 24 * 400))
    monkeypatch.setattr(timezone, "now", lambda: now)
    monkeypatch.setattr(profiles, "db_now", lambda: now)
    world = make_world(chance.randrange(10**9), now, size=150)

    @hypothesis.seed(chance.randrange(10**9))
    @profile(QUESTIONS, steps=1, derandomize=False)
    @given(asked=questions(), repeat=st.booleans())
    def ask(asked, repeat):
        params = params_of(asked, world, repeat=repeat)
        assert answer(world, params) == matching(world, params), params

    ask()
