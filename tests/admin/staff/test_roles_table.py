"""Who may do what to whom, as a table: each role tries each deed, by its address.

test_grants tries every field of every form with everything that it could hold.
"""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from followers.accounts.roles import DEEDS, ROLES, permissions_of, qualified
from followers.admin.staff.permission_fields import page_permissions
from followers.models import Invitation, Role
from tests.admin.addresses import Form

ROLES_TRIED = ("superuser", "administrator", "marketer", "viewer", "nothing")

# All but the superuser are members of one account. +: done, -: refused, and nothing has changed.
TABLE = """
                                         superuser administrator marketer viewer nothing
see the list of members                      +           +           -       -       -
see the roles                                +           +           -       -       -
see a peer                                   +           +           -       -       -
see somebody of another account              +           -           -       -       -
see a superuser                              +           -           -       -       -
invite a viewer                              +           +           -       -       -
invite a marketer                            +           +           -       -       -
invite an administrator                      +           +           -       -       -
invite somebody to another account           +           -           -       -       -
give a peer another role                     +           +           -       -       -
give a peer another account                  +           -           -       -       -
make a peer a superuser                      +           -           -       -       -
give a peer a single permission              +           -           -       -       -
give a peer a group                          +           -           -       -       -
change the mail of a peer                    +           +           -       -       -
deactivate a peer                            +           +           -       -       -
make a link for a peer                       +           +           -       -       -
delete a peer                                +           +           -       -       -
change the mail of somebody shared           +           -           -       -       -
take the own account from somebody shared    +           +           -       -       -
make a link for somebody shared              +           -           -       -       -
make a link for somebody of another account  +           -           -       -       -
make a link for a superuser                  +           -           -       -       -
deactivate a superuser                       +           -           -       -       -
change one's own role                        +           -           -       -       -
change the group of a role                   -           -           -       -       -
delete the group of a role                   -           -           -       -       -
make a group                                 +           -           -       -       -
"""
ROWS = [line.rsplit(None, len(ROLES_TRIED)) for line in TABLE.strip().splitlines()[1:]]
CASES = [
    (deed, role, mark == "+")
    for deed, *marks in ROWS
    for role, mark in zip(ROLES_TRIED, marks, strict=True)
]


class Town:
    """Everybody there is; `actor` tries."""

    def __init__(self, role, account, foreign, make_member, sign_in):
        self.role, self.account, self.foreign = role, account, foreign
        self.boss = User.objects.create_superuser("boss")
        self.peer = make_member("peer", "viewer", account)
        self.shared = make_member("shared", "viewer", account, foreign)
        self.other = make_member("other", "viewer", foreign)
        self.group = Group.objects.create(name="own group")
        if role == "superuser":
            self.actor = User.objects.create_superuser("actor")
        else:
            self.actor = make_member("actor", "" if role == "nothing" else role, account)
        self.client = sign_in(self.actor)

    def sees(self, address):
        return self.client.get(address).status_code == 200

    def form(self, user, **values):
        """The form of a person as it is, or nothing but `values` where there is none."""
        address = f"/admin/auth/user/{user.pk}/change/"
        page = self.client.get(address)
        fields = Form(page.text).fields if page.status_code == 200 else {}
        return self.client.post(address, {**fields, **values})

    def invite(self, role, account):
        form = {"username": "new", "role": role, "accounts": [account.pk]}
        self.client.post("/admin/auth/user/add/", form)
        return User.objects.filter(
            username="new", groups__role__key=role, official_accounts=account
        ).exists()

    def button(self, user, name, **form):
        return self.client.post(f"/admin/auth/user/{user.pk}/{name}/", form).status_code == 302

    def has(self, user, **values):
        return User.objects.filter(pk=user.pk, **values).exists()

    def change(self, user, found, **values):
        self.form(user, **values)
        return self.has(user, **found)

    def link(self, user):
        self.button(user, "invite")
        return Invitation.objects.filter(user=user).exists()


def permission_pk(codename):
    return next(it.pk for it in page_permissions() if it.codename == codename)


def role_group(key):
    return Role.objects.get(key=key).group


def rename_role(town):
    group = role_group("viewer")
    town.client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "mine"})
    return Group.objects.filter(name="mine").exists()


def delete_role(town):
    group = role_group("viewer")
    town.client.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})
    return not Group.objects.filter(pk=group.pk).exists()


def change_own_role(town):
    role = "marketer" if town.role == "viewer" else "viewer"
    return town.change(town.actor, {"groups__role__key": role}, role=role)


def make_group(town):
    town.client.post("/admin/auth/group/add/", {"name": "made"})
    return Group.objects.filter(name="made").exists()


def delete(town):
    town.client.post(f"/admin/auth/user/{town.peer.pk}/delete/", {"post": "yes"})
    return not town.has(town.peer)


MAIL = {"email": "new@example.com"}
EXPORT = "export_follower"
TRIES = {
    "see the list of members": lambda t: t.sees("/admin/auth/user/"),
    "see the roles": lambda t: t.sees("/admin/roles/"),
    "see a peer": lambda t: t.sees(f"/admin/auth/user/{t.peer.pk}/change/"),
    "see somebody of another account": lambda t: t.sees(f"/admin/auth/user/{t.other.pk}/change/"),
    "see a superuser": lambda t: t.sees(f"/admin/auth/user/{t.boss.pk}/change/"),
    "invite a viewer": lambda t: t.invite("viewer", t.account),
    "invite a marketer": lambda t: t.invite("marketer", t.account),
    "invite an administrator": lambda t: t.invite("administrator", t.account),
    "invite somebody to another account": lambda t: t.invite("viewer", t.foreign),
    "give a peer another role": lambda t: t.change(
        t.peer, {"groups__role__key": "marketer"}, role="marketer"
    ),
    "give a peer another account": lambda t: t.change(
        t.peer, {"official_accounts": t.foreign}, accounts=[t.account.pk, t.foreign.pk]
    ),
    "make a peer a superuser": lambda t: t.change(
        t.peer, {"is_superuser": True}, is_superuser="on"
    ),
    "give a peer a single permission": lambda t: t.change(
        t.peer,
        {"user_permissions__codename": EXPORT},
        user_permissions=[permission_pk(EXPORT)],
    ),
    "give a peer a group": lambda t: t.change(t.peer, {"groups": t.group}, groups=[t.group.pk]),
    "change the mail of a peer": lambda t: t.change(t.peer, MAIL, **MAIL),
    "deactivate a peer": lambda t: t.button(t.peer, "activate") and t.has(t.peer, is_active=False),
    "make a link for a peer": lambda t: t.link(t.peer),
    "delete a peer": delete,
    "change the mail of somebody shared": lambda t: t.change(t.shared, MAIL, **MAIL),
    "take the own account from somebody shared": lambda t: (
        t.form(t.shared, accounts=[]) and not t.has(t.shared, official_accounts=t.account)
    ),
    "make a link for somebody shared": lambda t: t.link(t.shared),
    "make a link for somebody of another account": lambda t: t.link(t.other),
    "make a link for a superuser": lambda t: t.link(t.boss),
    "deactivate a superuser": lambda t: (
        t.button(t.boss, "activate") and t.has(t.boss, is_active=False)
    ),
    "change one's own role": change_own_role,
    "change the group of a role": rename_role,
    "delete the group of a role": delete_role,
    "make a group": make_group,
}


def state():
    """Everything that a deed could change."""
    return [
        list(User.objects.order_by("pk").values_list("pk", "email", "is_active", "is_superuser")),
        sorted(User.groups.through.objects.values_list("user", "group")),
        sorted(User.user_permissions.through.objects.values_list("user", "permission")),
        sorted(User.official_accounts.through.objects.values_list("user", "officialaccount")),
        sorted(Group.objects.values_list("pk", "name")),
        Invitation.objects.count(),
    ]


@pytest.mark.parametrize(("deed", "role", "may"), CASES, ids=[f"{d} {r}" for d, r, _m in CASES])
def test_each_role_does_what_the_table_says(
    deed, role, may, account, foreign, make_member, sign_in
):
    town = Town(role, account, foreign, make_member, sign_in)
    before = state()
    assert TRIES[deed](town) == may
    if not may:
        assert state() == before


def test_every_permission_stands_in_the_table_of_roles_once(db):
    """A new one is nobody's until somebody says whose."""
    named = [qualified(it) for _page, deeds in DEEDS for deed in deeds for it in deed.permissions]
    offered = {(it.content_type.app_label, it.codename) for it in page_permissions()}
    assert sorted(named) == sorted(offered)


def test_the_groups_hold_what_the_table_says(db):
    for role in ROLES:
        held = role_group(role.key).permissions.values_list("content_type__app_label", "codename")
        assert set(held) == permissions_of(role.key)
    assert "export_follower" not in {it for _app, it in permissions_of("marketer")}


def test_a_later_release_adds_permissions_and_takes_what_was_changed(db):
    group = role_group("viewer")
    group.permissions.clear()
    call_command("migrate", verbosity=0)
    assert set(group.permissions.values_list("codename", flat=True)) == {
        codename for _app, codename in permissions_of("viewer")
    }
