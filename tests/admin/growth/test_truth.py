"""Every number of every page and file, of two accounts that were told of for two hundred days."""

import pytest

from tests.history.told_world import told_accounts
from tests.statistics.truth import Told

from . import truth


@pytest.fixture(autouse=True)
def spring():
    """The clock is that of the told accounts."""


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), told_accounts(300, 150) as (accounts, now):
        yield Told(accounts, now)


CHECKS = (
    truth.check_pages,
    truth.check_charts,
    truth.check_files,
    truth.check_home,
)


@pytest.mark.parametrize("check", CHECKS)
def test_every_number_is_what_its_definition_counts(told, admin_client, check):
    check(told, admin_client)


def test_a_number_opens_the_list_of_whom_it_counts(told, admin_client):
    truth.check_lists(told, admin_client, every=40)
