"""Who may do what with which account."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied

from followers.accounts.access import (
    OPERATOR,
    RIGHTS,
    Rights,
    accounts_of,
    known,
    may,
    own_accounts,
    require,
    visible,
)
from followers.models import Follower, OfficialAccount
from followers.rows.clock import db_now
from tests.stack import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    return OfficialAccount.objects.create(name="分店", app_id="wx0000000000000002")


@pytest.fixture
def mei(django_user_model, account):
    """Belongs to one account, has no permission."""
    user = django_user_model.objects.create_user("mei")
    account.members.add(user)
    return user


@pytest.fixture
def grant(mei):
    def grant(*codenames):
        mei.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        # Permissions and accounts are remembered for each object.
        return type(mei).objects.get(pk=mei.pk)

    return grant


def follow(account, openid="o1"):
    now = db_now()
    return Follower.objects.create(
        account=account, openid=openid, first_seen_at=now, status_as_of=now
    )


def test_it_takes_the_permission_and_the_account(mei, grant, account, other):
    assert not may(mei, "sync_officialaccount", account)
    syncing = grant("sync_officialaccount")
    assert may(syncing, "sync_officialaccount", account)
    assert may(syncing, "sync_officialaccount", account.pk)
    assert may(syncing, "sync_officialaccount")
    assert not may(syncing, "sync_officialaccount", other)
    assert not may(syncing, "export_follower", account)


@pytest.mark.parametrize("what", RIGHTS)
def test_each_row_of_a_right_suffices_and_only_a_whole_one(grant, account, what):
    for row in RIGHTS[what]:
        assert may(grant(*row), what, account)
        for missing in row:
            assert not may(grant(*(set(row) - {missing})), what, account)


def test_superusers_and_commands_may_do_everything(admin_user, account, other):
    for user in (admin_user, OPERATOR):
        assert all(may(user, what, account) for what in known())
        assert set(accounts_of(user)) == {account, other}


def test_nobody_in_particular_may_do_nothing(account):
    assert not any(may(AnonymousUser(), what, account) for what in known())


def test_what_nobody_can_be_permitted_is_an_error(mei):
    with pytest.raises(LookupError, match="sink_officialaccount"):
        may(mei, "sink_officialaccount")


def test_whoever_is_refused_is_told_by_the_usual_exception(grant, account, other):
    require(grant("export_follower"), "export_follower", account)
    with pytest.raises(PermissionDenied):
        require(grant("export_follower"), "export_follower", other)


def test_staff_see_what_belongs_to_their_accounts(account, other, mei, admin_user):
    for owner in (account, other):
        follow(owner)
    assert list(accounts_of(mei)) == [account]
    assert own_accounts(mei) == {account.pk: account.name}
    assert visible(OfficialAccount.objects.all(), mei).get() == account
    assert visible(Follower.objects.all(), mei).get().account == account
    assert visible(OfficialAccount.objects.all(), admin_user).count() == 2
    assert visible(Follower.objects.all(), admin_user).count() == 2


def test_staff_of_several_accounts_see_each_follower_once(account, other, mei, django_user_model):
    for owner in (account, other):
        owner.members.add(mei, django_user_model.objects.create_user(f"u{owner.pk}"))
        follow(owner)
    assert visible(Follower.objects.all(), mei).count() == 2


def test_the_accounts_are_read_once(grant, account, django_assert_num_queries):
    user = grant("sync_officialaccount")
    may(user, "sync_officialaccount", account)
    with django_assert_num_queries(0):
        assert may(user, "sync_officialaccount", account)


def test_templates_ask_the_same(grant, account, other):
    user = grant("export_follower")
    assert Rights(user)["export_follower"]
    assert Rights(user, account)["export_follower"]
    assert not Rights(user, other)["export_follower"]


ASKED = {
    "*.html": re.compile(r"\brights\.(\w+)"),
    "*.py": re.compile(r"""\b(?:may|require|post_only)\((?:[\w.]+, )?"(\w+)"|rights\["(\w+)"\]"""),
}


@pytest.mark.parametrize("kind", ASKED)
def test_whatever_is_asked_about_is_known(kind):
    paths = [path for name in ("followers", "templates") for path in (ROOT / name).rglob(kind)]
    found = {
        next(filter(None, match.groups()))
        for path in paths
        for match in ASKED[kind].finditer(path.read_text())
    }
    assert len(found) > 5
    assert found <= known()
