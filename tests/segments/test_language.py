"""Whoever asks the database gets whom the plain-Python filter finds, whatever the question."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from followers.segments import people
from followers.segments.query import FILTERS, FollowerQuery
from tests.stateful import profile

from .plain import matching, oldest_fresh
from .world import VALUES, World, make_world, params_of, questions

SHANGHAI = ZoneInfo("Asia/Shanghai")
# At the edges of days, months and years, and in the middle.
MOMENTS = [
    datetime(2024, 3, 1, 0, 0, 0, tzinfo=SHANGHAI),
    datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=SHANGHAI),
    datetime(2025, 5, 15, 12, 0, 0, tzinfo=SHANGHAI),
]
# Of subscriptions, which tests of their own compare with counting by hand.
ELSEWHERE = {"began_from", "began_to", "ended_from", "ended_to", "still"} | {
    "origin_source",
    "origin_scene",
    "segment",
}
MANY = profile(120, steps=1)


@pytest.fixture(params=range(len(MOMENTS)))
def world(request, db, monkeypatch) -> World:
    now = MOMENTS[request.param]
    monkeypatch.setattr(timezone, "now", lambda: now)
    monkeypatch.setattr(people, "oldest_fresh_details", lambda: oldest_fresh(now))
    return make_world(request.param, now)


def answer(world: World, params: dict[str, list[str]]) -> list[int]:
    """With duplicates, if there were any."""
    return sorted(FollowerQuery(params, world.names).followers().values_list("pk", flat=True))


def test_every_parameter_is_asked_for():
    known = {name for kind in FILTERS for name in kind.parameters}
    assert known - ELSEWHERE == {*VALUES, "account__id__exact", "subscribed__exact"}


@MANY
@given(asked=questions(), repeat=st.booleans())
def test_the_database_finds_whom_plain_python_finds(world, asked, repeat):
    params = params_of(asked, world, repeat=repeat)
    assert answer(world, params) == matching(world, params), params


@MANY
@given(asked=questions())
def test_every_condition_has_words_and_can_be_lifted(world, asked):
    params = params_of(asked, world, repeat=False)
    query = FollowerQuery(params, world.names)
    conditions = query.conditions()
    assert all(it.text for it in conditions)
    for it in conditions:
        left = FollowerQuery(query.without(it), world.names)
        assert len(left.conditions()) == len(conditions) - 1, (params, it)


def test_each_parameter_alone_tells_people_apart(world):
    """Otherwise the comparisons of several at once would prove little."""
    for name, values in VALUES.items():
        assert len(sizes(world, name, values)) > 1, name


def sizes(world: World, name: str, values: st.SearchStrategy[Any]) -> set[int]:
    """How many answers with this parameter have, among everybody of the first account."""
    found = set()

    @profile(20, steps=1)
    @given(value=values)
    def ask(value: Any) -> None:
        asked = {name: value, "account__id__exact": 0, "subscribed__exact": "all"}
        params = params_of(asked, world, repeat=False)
        keys = answer(world, params)
        assert keys == matching(world, params), params
        found.add(len(keys))

    ask()
    return found
