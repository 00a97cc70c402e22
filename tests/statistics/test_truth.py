"""Two hundred days of two accounts, told through the project's own ways into the history."""

import pytest

from followers.models import Subscription
from tests.history.stored import assert_figures, assert_history
from tests.history.told_world import told_accounts

from .truth import CHECKS, Told


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), told_accounts(450, 150) as (accounts, now):
        yield Told(accounts, now)


@pytest.mark.django_db
@pytest.mark.parametrize("check", CHECKS)
def test_every_figure_is_what_its_definition_counts(told, check):
    check(told)


@pytest.mark.django_db
def test_the_told_history_is_sound(told):
    for account in told.accounts:
        assert_figures(account)
        for follower in account.follower_set.prefetch_related("subscriptions"):
            assert_history(follower)
    told_by = Subscription.objects.values_list("began_by", "ended_by")
    assert {"event", "profile", "sync", "missed"} == {by for both in told_by for by in both if by}
    assert len(set(Subscription.objects.values_list("scene", flat=True))) > 50
