"""Large results are read a piece at a time, and never by a cursor that outlives a transaction."""

import ast

import pytest
from django.db import connection

from followers.models import Follower
from followers.rows.pieces import in_pieces, reading
from tests.people import follow

from ..test_layers import PACKAGE, modules

OWN = PACKAGE / "rows" / "pieces.py"


def openids():
    return Follower.objects.order_by("openid").values_list("openid", flat=True)


def test_in_pieces_and_in_order(account):
    people = [follow(account, name).openid for name in "abc"]
    with reading():
        assert list(in_pieces(openids(), 2)) == people


def test_nobody_reads_in_pieces_without_a_word(db):
    with reading(), reading():
        pass
    with pytest.raises(RuntimeError):
        in_pieces(openids(), 2)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_where_the_database_needs_one():
    with reading():
        assert connection.in_atomic_block == (connection.vendor == "postgresql")
        with reading():
            assert len(connection.savepoint_ids) == 0
    assert not connection.in_atomic_block


def calls(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_everybody_goes_this_way():
    assert "iterator" in set(calls(OWN))
    others = [path for path in modules() if path != OWN]
    assert [str(path) for path in others if {"iterator", "chunked_cursor"} & set(calls(path))] == []
