"""Several lists in one statement, and in several where one would hold too much."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Channel
from followers.rows import unions
from followers.rows.unions import Rows, count_each, numbered_rows


@pytest.fixture
def named(account):
    """Lists of the channels with these scenes."""
    rows = [Channel(account=account, scene=f"s{n}", name=f"c{n}") for n in range(5)]
    Channel.objects.bulk_create(rows)
    every = Channel.objects.order_by("scene")
    return lambda *scenes: every.filter(scene__in=scenes).values_list("scene", "name")


def test_rows_have_the_number_of_whose_they_are(named):
    asked = [Rows([named("s1")], 9), Rows([], 9), Rows([named(), named("s2", "s3")], 9)]
    assert sorted(numbered_rows(asked)) == [(0, "s1", "c1"), (2, "s2", "c2"), (2, "s3", "c3")]
    assert list(numbered_rows([])) == list(numbered_rows([Rows([named()], 9)])) == []


def test_each_has_a_limit_of_its_own(named):
    several = named("s1", "s2", "s3")
    alone, together = [Rows([several], 2)], [Rows([several, several], 4), Rows([several], 1)]
    assert [row[0] for row in numbered_rows(alone)] == [0, 0]
    assert sorted(row[0] for row in numbered_rows(together)) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(("name", "most", "read"), [("MAX_PIECES", 2, 2), ("MAX_PARAMS", 3, 3)])
def test_no_statement_holds_too_much(named, monkeypatch, name, most, read):
    lists = [named("s1"), named("s2"), named(), named("s3", "s4"), named("s1", "s2", "s3", "s4")]
    monkeypatch.setattr(unions, name, most)
    with CaptureQueriesContext(connection) as queries:
        assert count_each(lists) == [1, 1, 0, 2, 4]
        assert len(queries) == 3
        numbers = sorted(row[0] for row in numbered_rows([Rows([it], 9) for it in lists]))
    assert numbers == [0, 1, 3, 3, 4, 4, 4, 4]
    assert len(queries) == 3 + read
