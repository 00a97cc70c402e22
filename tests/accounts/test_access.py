"""Who may do what with which account."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.exceptions import PermissionDenied

from followers.accounts.access import (
    ALTERNATIVES,
    OPERATOR,
    Rights,
    accounts_of,
    has_perm,
    known_perms,
    own_accounts,
    require_perm,
    visible_to_user,
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
    assert not has_perm(mei, "sync_officialaccount", account)
    syncing = grant("sync_officialaccount")
    assert has_perm(syncing, "sync_officialaccount", account)
    assert has_perm(syncing, "sync_officialaccount", account.pk)
    assert has_perm(syncing, "sync_officialaccount")
    assert not has_perm(syncing, "sync_officialaccount", other)
    assert not has_perm(syncing, "export_follower", account)


@pytest.mark.parametrize("what", ALTERNATIVES)
def test_each_row_of_a_right_suffices_and_only_a_whole_one(grant, account, what):
    for row in ALTERNATIVES[what]:
        assert has_perm(grant(*row), what, account)
        for missing in row:
            assert not has_perm(grant(*(set(row) - {missing})), what, account)


def test_superusers_and_commands_may_do_everything(admin_user, account, other):
    for user in (admin_user, OPERATOR):
        assert all(has_perm(user, what, account) for what in known_perms())
        assert set(accounts_of(user)) == {account, other}


def test_nobody_in_particular_may_do_nothing(account):
    assert not any(has_perm(AnonymousUser(), what, account) for what in known_perms())


def test_what_nobody_can_be_permitted_is_an_error(mei):
    with pytest.raises(LookupError, match="sink_officialaccount"):
        has_perm(mei, "sink_officialaccount")


def test_whoever_is_refused_is_told_by_the_usual_exception(grant, account, other):
    require_perm(grant("export_follower"), "export_follower", account)
    with pytest.raises(PermissionDenied):
        require_perm(grant("export_follower"), "export_follower", other)


def test_staff_see_what_belongs_to_their_accounts(account, other, mei, admin_user):
    for owner in (account, other):
        follow(owner)
    assert list(accounts_of(mei)) == [account]
    assert own_accounts(mei) == {account.pk: account.name}
    assert visible_to_user(OfficialAccount.objects.all(), mei).get() == account
    assert visible_to_user(Follower.objects.all(), mei).get().account == account
    assert visible_to_user(OfficialAccount.objects.all(), admin_user).count() == 2
    assert visible_to_user(Follower.objects.all(), admin_user).count() == 2


def test_staff_of_several_accounts_see_each_follower_once(account, other, mei, django_user_model):
    for owner in (account, other):
        owner.members.add(mei, django_user_model.objects.create_user(f"u{owner.pk}"))
        follow(owner)
    assert visible_to_user(Follower.objects.all(), mei).count() == 2


def test_the_accounts_are_read_once(grant, account, django_assert_num_queries):
    user = grant("sync_officialaccount")
    has_perm(user, "sync_officialaccount", account)
    with django_assert_num_queries(0):
        assert has_perm(user, "sync_officialaccount", account)


def test_templates_ask_the_same(grant, account, other):
    user = grant("export_follower")
    assert Rights(user)["export_follower"]
    assert Rights(user, account)["export_follower"]
    assert not Rights(user, other)["export_follower"]


ASKED = {
    "*.html": re.compile(r"\brights\.(\w+)"),
    "*.py": re.compile(
        r"""\b(?:has_perm|require_perm|post_only)\((?:[\w.]+, )?"(\w+)"|rights\["(\w+)"\]"""
    ),
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
    assert found <= known_perms()
