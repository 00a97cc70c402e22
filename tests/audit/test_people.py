"""Sign-ins and what is done to members: one line each, with names that stay."""

import getpass
import io
import json
import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client

from followers.accounts import members
from followers.accounts.access import OPERATOR
from followers.accounts.members import Facts
from followers.accounts.roles import give_role
from followers.models import AuditEntry, OfficialAccount

from .conftest import ADDRESS

PASSWORD, NEW = "a long password", "quite another one"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def shops(db):
    return [OfficialAccount.objects.create(name=it, app_id=f"wx{it}") for it in ("东", "西")]


@pytest.fixture
def chief(shops):
    user = User.objects.create_user("chief", first_name="王芳", password=PASSWORD, is_staff=True)
    give_role(user, "administrator")
    user.official_accounts.set(shops)
    return user


@pytest.fixture
def peer(shops):
    user = User.objects.create_user("peer", password=PASSWORD, is_staff=True)
    give_role(user, "viewer")
    user.official_accounts.set(shops[:1])
    return user


@pytest.fixture
def page(chief, visit):
    return visit(chief)


def lines():
    """Of each line: who, what, to whom, from where, for which accounts."""
    return [
        (it.actor_name, it.action, it.subject, it.by, it.address, [*it.account_names.values()])
        for it in AuditEntry.objects.order_by("pk")
    ]


def details():
    return AuditEntry.objects.get().details


def sign_in(name, password):
    return Client(REMOTE_ADDR=ADDRESS).post(
        "/admin/login/", {"username": name, "password": password}
    )


def test_a_sign_in_and_a_sign_out(chief):
    client = Client(REMOTE_ADDR=ADDRESS)
    client.post("/admin/login/", {"username": "chief", "password": PASSWORD})
    client.post("/admin/logout/")
    who, where = "王芳 (chief)", ("page", ADDRESS, ["东", "西"])
    assert lines() == [(who, "signed_in", "", *where), (who, "signed_out", "", *where)]
    assert AuditEntry.objects.filter(actor=chief).count() == 2


def test_a_failed_sign_in_is_told_to_the_accounts_of_whoever_bears_the_name(peer):
    sign_in("peer", NEW)
    assert lines() == [("peer", "sign_in_failed", "", "page", ADDRESS, ["东"])]
    assert (AuditEntry.objects.get().actor, AuditEntry.objects.get().member) == (None, peer)


def test_a_failed_sign_in_knows_whoever_bears_the_name_in_another_case(peer):
    sign_in("PEER", NEW)
    assert lines() == [("peer", "sign_in_failed", "", "page", ADDRESS, ["东"])]
    User.objects.bulk_create([User(username="Peer")])
    sign_in("peer", NEW)
    sign_in("Peer", NEW)
    sign_in("PEER", NEW)
    assert [it[0] for it in lines()] == ["peer", "peer", "Peer", ""]


def test_a_name_that_nobody_has_is_not_kept(peer):
    """People type their password into the wrong field."""
    sign_in(PASSWORD, "")
    sign_in(PASSWORD, NEW)
    sign_in("x" * 10_000, NEW)
    assert lines() == [("", "sign_in_failed", "", "page", ADDRESS, [])] * 2
    assert PASSWORD not in stored()


def test_the_failure_that_begins_a_wait_is_the_last(peer, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT + 3):
        sign_in("peer", NEW)
    sign_in("peer", PASSWORD)
    facts = [it.details for it in AuditEntry.objects.order_by("pk")]
    assert facts == [{}] * (settings.AXES_FAILURE_LIMIT - 1) + [{"begins_wait": True}]


def test_a_wrong_old_password_is_a_failed_sign_in(chief, page, settings):
    """Somebody has come to an open browser."""
    said = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        page.post("/admin/password_change/", said)
    line = ("王芳 (chief)", "sign_in_failed", "", "page", ADDRESS, ["东", "西"])
    assert lines() == [line] * settings.AXES_FAILURE_LIMIT
    assert AuditEntry.objects.latest("pk").details == {"old_password": True, "begins_wait": True}


def test_an_invitation(page, shops):
    said = {"username": "new", "name": "李雷", "role": "viewer", "accounts": [shops[0].pk]}
    page.post("/admin/auth/user/add/", said)
    assert lines() == [
        ("王芳 (chief)", "member_invited", "李雷 (new)", "page", ADDRESS, ["东"]),
    ]
    assert details() == {"role": "viewer", "accounts": {str(shops[0].pk): "东"}}


def test_a_change_names_what_was_and_what_is(page, peer, shops):
    said = {"name": "李雷", "role": "marketer", "accounts": [shops[1].pk]}
    page.post(f"/admin/auth/user/{peer.pk}/change/", {**said, "email": "li@example.com"})
    # Also told where the member has left.
    assert lines() == [
        ("王芳 (chief)", "member_changed", "李雷 (peer)", "page", ADDRESS, ["东", "西"])
    ]
    assert details() == {
        "name": ["", "李雷"],
        "email": ["", "li@example.com"],
        "role": ["viewer", "marketer"],
        "accounts_removed": {str(shops[0].pk): "东"},
        "accounts_added": {str(shops[1].pk): "西"},
    }


def test_accounts_that_are_not_given_or_taken_are_not_concerned(chief, peer, shops):
    members.change(chief, peer, Facts(accounts=[it.pk for it in shops]))
    assert [line[-1] for line in lines()] == [["西"]]


def test_nothing_changed_is_no_line(chief, peer):
    members.change(chief, peer, Facts(role="viewer"))
    assert lines() == []


@pytest.mark.parametrize(
    ("way", "said", "action"),
    [
        ("activate", {"active": "0"}, "member_changed"),
        ("invite", {}, "invitation_renewed"),
        ("delete", {"post": "yes"}, "member_deleted"),
    ],
)
def test_a_button(page, peer, way, said, action):
    page.post(f"/admin/auth/user/{peer.pk}/{way}/", said)
    assert lines() == [("王芳 (chief)", action, "peer", "page", ADDRESS, ["东"])]


def test_single_permissions(peer):
    boss = User.objects.create_superuser("boss")
    group = Group.objects.create(name="extra")
    more = Permission.objects.filter(codename="export_follower")
    AuditEntry.objects.all().delete()
    members.set_rights(boss, peer, is_superuser=True, groups=[group], permissions=more)
    members.set_rights(boss, peer, is_superuser=True, groups=[group], permissions=more)
    assert details() == {
        "superuser": [False, True],
        "groups": [[], ["extra"]],
        "permissions": [[], ["export_follower"]],
    }


def test_ones_own_page(page):
    sign_in("chief", PASSWORD)
    page.post("/admin/me/", {"name": "王小芳", "email": "", "language": "en"})
    page.post("/admin/me/sign-out/")
    assert [line[1] for line in lines()] == ["signed_in", "member_changed", "sessions_ended"]


def test_somebody_is_signed_out_everywhere(page, peer):
    sign_in("peer", PASSWORD)
    page.post(f"/admin/auth/user/{peer.pk}/sign-out/")
    assert [line[1:3] for line in lines()] == [("signed_in", ""), ("sessions_ended", "peer")]
    assert AuditEntry.objects.latest("pk").details == {"sessions": 1}


def test_ones_own_password(page):
    said = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    page.post("/admin/password_change/", said)
    assert lines() == [
        ("王芳 (chief)", "password_set", "王芳 (chief)", "page", ADDRESS, ["东", "西"])
    ]


def create_member(*args):
    out = io.StringIO()
    call_command("create_member", *args, stdout=out)
    return out.getvalue()


def test_a_command_and_the_password_that_its_link_sets(shops):
    out = create_member("new", "--role", "viewer", "--account", shops[0].app_id)
    assert lines() == [(getpass.getuser(), "member_invited", "new", "command", None, ["东"])]
    client = Client(REMOTE_ADDR=ADDRESS)
    [link] = re.findall(r"/admin/invitation/\S+", out)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert lines()[1:] == [
        ("new", "password_set", "new", "page", ADDRESS, ["东"]),
        ("new", "signed_in", "", "page", ADDRESS, ["东"]),
    ]


def test_a_command_changes_a_member(peer):
    create_member("peer", "--role", "marketer")
    assert lines() == [(getpass.getuser(), "member_changed", "peer", "command", None, ["东"])]


def test_what_is_refused_leaves_no_line(peer, chief):
    with pytest.raises(PermissionDenied):
        members.change(peer, chief, Facts(role="viewer"))
    assert lines() == []


def test_passwords_and_superusers_by_command(peer, monkeypatch):
    monkeypatch.setattr(getpass, "getpass", lambda prompt: NEW)
    call_command("changepassword", "peer", stdout=io.StringIO())
    call_command("createsuperuser", "--noinput", username="boss", email="", stdout=io.StringIO())
    by_command = (getpass.getuser(), "command", None)
    assert lines() == [
        (by_command[0], "password_set", "peer", *by_command[1:], ["东"]),
        (by_command[0], "rights_changed", "boss", *by_command[1:], []),
    ]
    assert AuditEntry.objects.latest("pk").details == {"superuser": [False, True]}


def test_a_better_hash_of_the_same_password_is_no_new_password(peer, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    before = User.objects.get(pk=peer.pk).password
    sign_in("peer", PASSWORD)
    assert User.objects.get(pk=peer.pk).password != before
    assert [it[1] for it in lines()] == ["signed_in"]


def stored():
    fields = [it.name for it in AuditEntry._meta.concrete_fields if it.name != "actor"]
    rows = [*AuditEntry.objects.order_by("pk").values(*fields)]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_a_person_who_is_deactivated_or_deleted_changes_no_line(page, chief, peer):
    page.post(f"/admin/auth/user/{peer.pk}/invite/")
    before = stored()
    assert "王芳 (chief)" in before
    assert members.has_records(chief)
    members.change(OPERATOR, chief, Facts(is_active=False))
    AuditEntry.objects.latest("pk").delete()
    assert stored() == before
    chief.delete()
    assert stored() == before


def test_who_was_only_acted_on_has_no_records(page, peer):
    page.post(f"/admin/auth/user/{peer.pk}/invite/")
    assert AuditEntry.objects.exists()
    assert not members.has_records(peer)


def test_no_line_holds_a_password(page, peer):
    said = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    page.post("/admin/password_change/", said)
    sign_in("peer", "wrong but close")
    sign_in("peer", PASSWORD)
    assert AuditEntry.objects.count() == 3
    hashes = User.objects.values_list("password", flat=True)
    assert [it for it in (PASSWORD, NEW, "wrong but", *hashes) if it in stored()] == []


def test_a_wrong_old_password_is_said_to_be_one(page):
    said = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    page.post("/admin/password_change/", said)
    assert [it[1] for it in lines()] == ["sign_in_failed"]
    assert details() == {"old_password": True}


def test_nowhere_to_sign_out_is_no_line(page, peer):
    page.post(f"/admin/auth/user/{peer.pk}/sign-out/")
    assert lines() == []


def test_names_in_another_case_are_refused_in_any_way(peer):
    with pytest.raises(CommandError, match="“peer”"):
        call_command("createsuperuser", "--noinput", username="PEER", email="")
    assert not User.objects.filter(username="PEER").exists()
