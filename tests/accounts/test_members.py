"""The services refuse by themselves, whatever a form or command has let through."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied

from followers.accounts import members
from followers.accounts.access import OPERATOR
from followers.accounts.members import Facts
from followers.accounts.roles import give_role, role_of
from followers.models import OfficialAccount


@pytest.fixture
def town(db):
    """An administrator of one account, and people around them, by name."""
    own, foreign = (OfficialAccount.objects.create(name=it, app_id=f"wx{it}") for it in "ab")
    people = {"boss": User.objects.create_superuser("boss"), "own": own, "foreign": foreign}
    for name, role, accounts in (
        ("chief", "administrator", [own]),
        ("peer", "viewer", [own]),
        ("shared", "viewer", [own, foreign]),
        ("other", "viewer", [foreign]),
        ("marketer", "marketer", [own]),
    ):
        user = User.objects.create_user(name, is_staff=True)
        give_role(user, role)
        user.official_accounts.set(accounts)
        people[name] = user
    return people


def held():
    users = User.objects.order_by("pk")
    return [
        (it.pk, it.email, it.is_active, role_of(it), [*it.official_accounts.values_list("pk")])
        for it in users
    ]


REFUSED = {
    "a member invites": lambda t: members.invite(t["marketer"], "new", Facts(role="viewer")),
    "an account of others": lambda t: members.invite(
        t["chief"], "new", Facts(role="viewer", accounts={t["foreign"].pk})
    ),
    "an account of others, given": lambda t: members.change(
        t["chief"], t["peer"], Facts(accounts={t["own"].pk, t["foreign"].pk})
    ),
    "the name of somebody shared": lambda t: members.change(
        t["chief"], t["shared"], Facts(email="x@example.com", accounts=set())
    ),
    "somebody of others": lambda t: members.change(t["chief"], t["other"], Facts(role="viewer")),
    "a superuser": lambda t: members.change(t["chief"], t["boss"], Facts(is_active=False)),
    "oneself": lambda t: members.change(t["chief"], t["chief"], Facts(role="viewer")),
    "oneself, deactivated": lambda t: members.change(t["boss"], t["boss"], Facts(is_active=False)),
    "a link for somebody shared": lambda t: members.renew_invitation(t["chief"], t["shared"]),
    "signing somebody shared out": lambda t: members.sign_out_everywhere(t["chief"], t["shared"]),
    "deleting somebody shared": lambda t: members.delete(t["chief"], t["shared"]),
    "single permissions": lambda t: members.set_rights(
        t["chief"], t["peer"], is_superuser=True, groups=[], permissions=[]
    ),
}


@pytest.mark.parametrize("deed", REFUSED)
def test_what_is_not_allowed_is_refused_and_changes_nothing(town, deed):
    before = held()
    with pytest.raises(PermissionDenied):
        REFUSED[deed](town)
    assert held() == before


def test_a_role_beyond_one_s_own_is_refused(town):
    """Somebody who may change members, and holds what viewers do."""
    actor = town["chief"]
    give_role(actor, "viewer")
    group = Group.objects.create(name="personnel")
    group.permissions.set(
        Group.objects.get(role__key="administrator").permissions.filter(
            codename__in=["view_user", "change_user"]
        )
    )
    actor.groups.add(group)
    actor = User.objects.get(pk=actor.pk)
    with pytest.raises(PermissionDenied):
        members.change(actor, town["peer"], Facts(role="marketer"))
    with pytest.raises(PermissionDenied):
        members.change(actor, town["marketer"], Facts(email="x@example.com"))
    members.change(actor, town["peer"], Facts(email="x@example.com"))


def test_a_command_may_do_everything(town):
    both = {town["own"].pk, town["foreign"].pk}
    members.change(OPERATOR, town["peer"], Facts(role="administrator", accounts=both))
    assert role_of(town["peer"]) == "administrator"
    assert town["peer"].official_accounts.count() == 2
