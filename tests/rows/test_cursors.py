"""Large results are read in chunks, by a cursor that never outlives its transaction."""

import ast

import pytest
from django.db import connection

from followers.models import Follower
from followers.rows.cursors import iterate, read_transaction
from tests.factories import follow

from ..test_layers import PACKAGE, modules

CURSORS = PACKAGE / "rows" / "cursors.py"


def openids():
    return Follower.objects.order_by("openid").values_list("openid", flat=True)


def test_iterate_keeps_the_order(account):
    expected = [follow(account, name).openid for name in "abc"]
    with read_transaction():
        assert list(iterate(openids(), 2)) == expected


def test_iterate_requires_a_read_transaction(db):
    with read_transaction(), read_transaction():
        pass
    with pytest.raises(RuntimeError):
        iterate(openids(), 2)


@pytest.mark.django_db(transaction=True)
def test_opens_a_transaction_where_the_database_needs_one():
    with read_transaction():
        assert connection.in_atomic_block == (connection.vendor == "postgresql")
        with read_transaction():
            assert len(connection.savepoint_ids) == 0
    assert not connection.in_atomic_block


def called_methods(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_no_other_module_opens_a_cursor():
    assert "iterator" in set(called_methods(CURSORS))
    others = [path for path in modules() if path != CURSORS]
    assert [
        str(path) for path in others if {"iterator", "chunked_cursor"} & set(called_methods(path))
    ] == []
