"""No page asks the database once for each row: every address, with few rows and with many."""

import pytest

from tests.admin.addresses import addresses

from .conftest import cost


def costs(client, crowd, account):
    """By address."""
    params = {"account__id__exact": crowd.account.pk} if account else {}
    found = {}
    for _name, address in addresses(crowd.keys):
        found[address] = cost(client, address, params)
    return found


def different(few, many):
    return {it: (before, many[it]) for it, before in few.items() if many[it] != before}


@pytest.mark.parametrize("account", [True, False], ids=["an account", "all accounts"])
def test_rows_cost_no_queries(client, crowd, account, forget_cached):
    few = costs(client, crowd, account)
    crowd.grow(45)
    forget_cached()
    many = costs(client, crowd, account)
    assert different(few, many) == {}


def test_accounts_cost_no_queries(client, crowd, forget_cached):
    few = costs(client, crowd, account=False)
    crowd.grow_accounts(4)
    forget_cached()
    many = costs(client, crowd, account=False)
    assert different(few, many) == {}


@pytest.mark.parametrize("page", ["change", "people/failed", "people/done", "progress"])
def test_steps_of_a_change_cost_no_queries(client, crowd, page):
    crowd.grow(45)
    address = f"/admin/followers/editrun/{crowd.change.pk}/{page}/"
    few = cost(client, address)
    crowd.grow_steps(45)
    assert cost(client, address) == few
