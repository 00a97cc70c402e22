"""Permission checks for an account."""

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
from tests.factories import follow
from tests.stack import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_account():
    return OfficialAccount.objects.create(name="分店", app_id="wx0000000000000002")


@pytest.fixture
def mei(django_user_model, account):
    """A user who is a member of one account, without permissions."""
    user = django_user_model.objects.create_user("mei")
    account.members.add(user)
    return user


@pytest.fixture
def grant(mei):
    def grant(*codenames):
        mei.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        # Permissions and accounts are cached on the user object.
        return type(mei).objects.get(pk=mei.pk)

    return grant


def test_permission_and_membership_are_required(mei, grant, account, other_account):
    assert not has_perm(mei, "sync_officialaccount", account)
    user = grant("sync_officialaccount")
    assert has_perm(user, "sync_officialaccount", account)
    assert has_perm(user, "sync_officialaccount", account.pk)
    assert has_perm(user, "sync_officialaccount")
    assert not has_perm(user, "sync_officialaccount", other_account)
    assert not has_perm(user, "export_follower", account)


@pytest.mark.parametrize("perm", ALTERNATIVES)
def test_each_alternative_requires_all_its_permissions(grant, account, perm):
    for row in ALTERNATIVES[perm]:
        assert has_perm(grant(*row), perm, account)
        for missing in row:
            assert not has_perm(grant(*(set(row) - {missing})), perm, account)


def test_superusers_and_commands_have_all_permissions(admin_user, account, other_account):
    for user in (admin_user, OPERATOR):
        assert all(has_perm(user, perm, account) for perm in known_perms())
        assert set(accounts_of(user)) == {account, other_account}


def test_anonymous_users_have_no_permissions(account):
    assert not any(has_perm(AnonymousUser(), perm, account) for perm in known_perms())


def test_unknown_permissions_raise_lookup_error(mei):
    with pytest.raises(LookupError, match="sink_officialaccount"):
        has_perm(mei, "sink_officialaccount")


def test_require_perm_raises_permission_denied(grant, account, other_account):
    require_perm(grant("export_follower"), "export_follower", account)
    with pytest.raises(PermissionDenied):
        require_perm(grant("export_follower"), "export_follower", other_account)


def test_users_see_rows_of_their_accounts(account, other_account, mei, admin_user):
    for owner in (account, other_account):
        follow(owner, "o1")
    assert list(accounts_of(mei)) == [account]
    assert own_accounts(mei) == {account.pk: account.name}
    assert visible_to_user(OfficialAccount.objects.all(), mei).get() == account
    assert visible_to_user(Follower.objects.all(), mei).get().account == account
    assert visible_to_user(OfficialAccount.objects.all(), admin_user).count() == 2
    assert visible_to_user(Follower.objects.all(), admin_user).count() == 2


def test_rows_are_not_duplicated_for_several_members(
    account, other_account, mei, django_user_model
):
    for owner in (account, other_account):
        owner.members.add(mei, django_user_model.objects.create_user(f"u{owner.pk}"))
        follow(owner, "o1")
    assert visible_to_user(Follower.objects.all(), mei).count() == 2


def test_accounts_are_cached(grant, account, django_assert_num_queries):
    user = grant("sync_officialaccount")
    has_perm(user, "sync_officialaccount", account)
    with django_assert_num_queries(0):
        assert has_perm(user, "sync_officialaccount", account)


def test_rights_for_templates(grant, account, other_account):
    user = grant("export_follower")
    assert Rights(user)["export_follower"]
    assert Rights(user, account)["export_follower"]
    assert not Rights(user, other_account)["export_follower"]


PATTERNS = {
    "*.html": re.compile(r"\brights\.(\w+)"),
    "*.py": re.compile(
        r"""\b(?:has_perm|require_perm|post_only)\((?:[\w.]+, )?"(\w+)"|rights\["(\w+)"\]"""
    ),
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_all_used_permissions_are_known(kind):
    paths = [path for name in ("followers", "templates") for path in (ROOT / name).rglob(kind)]
    found = {
        next(filter(None, match.groups()))
        for path in paths
        for match in PATTERNS[kind].finditer(path.read_text())
    }
    assert len(found) > 5
    assert found <= known_perms()
