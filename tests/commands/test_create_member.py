"""manage.py create_member: the services of the pages, from a terminal."""

import io
import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from followers.accounts import members
from followers.accounts.access import OPERATOR
from followers.accounts.roles import role_of
from followers.models import OfficialAccount
from tests.admin.staff.conftest import lets_in


@pytest.fixture
def accounts(db):
    return [
        OfficialAccount.objects.create(name=name, app_id=f"wx000000000000000{name}")
        for name in "ab"
    ]


def run(*args):
    out, err = io.StringIO(), io.StringIO()
    call_command("create_member", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_member_is_invited(accounts, settings):
    settings.SITE_URL = "https://wx.example.com"
    given = ["--email", "w@example.com", "--full-name", "王芳", "--role", "marketer"]
    out, err = run("wang", *given, "--account", accounts[0].app_id, "--account", accounts[1].app_id)
    user = User.objects.get(username="wang")
    assert (user.email, user.first_name, role_of(user)) == ("w@example.com", "王芳", "marketer")
    assert list(user.official_accounts.order_by("name")) == accounts
    assert err == ""
    [path] = re.findall(r"^https://wx\.example\.com(/admin/invitation/\S+)$", out, re.M)
    assert "王芳" in Client().get(path, follow=True).text
    assert mail.outbox == []


def test_a_known_name_gets_another_role_and_accounts(accounts):
    run("wang", "--role", "viewer", "--account", accounts[0].app_id)
    run("wang", "--role", "administrator", "--account", accounts[1].app_id)
    user = User.objects.get()
    assert role_of(user) == "administrator"
    assert list(user.official_accounts.all()) == accounts[1:]


def test_a_known_name_is_known_in_another_case(accounts):
    run("Wang", "--role", "viewer")
    out, _err = run("WANG", "--role", "marketer")
    assert role_of(User.objects.get(username="Wang")) == "marketer"
    assert "Wang" in out
    assert User.objects.count() == 1


def test_in_doubt_nobody_is_changed(accounts):
    # As in databases of old.
    User.objects.bulk_create(User(username=name, is_staff=True) for name in ("Wang", "wang"))
    with pytest.raises(CommandError, match="Wang, wang") as refused:
        run("WANG", "--role", "viewer")
    assert refused.value.returncode == 2
    run("wang", "--role", "viewer")
    assert [role_of(it) for it in User.objects.order_by("pk")] == ["", "viewer"]


def test_what_is_not_named_stays(accounts):
    run("wang", "--email", "w@example.com", "--role", "viewer", "--account", accounts[0].app_id)
    run("wang", "--role", "marketer")
    user = User.objects.get()
    assert (user.email, list(user.official_accounts.all())) == ("w@example.com", accounts[:1])


def test_a_password_that_works_is_left_alone(accounts):
    User.objects.create_user("li", password="works", is_staff=True)
    out, _err = run("li", "--role", "viewer")
    assert "invitation" not in out
    assert lets_in("li", "works")


def test_the_link_is_mailed_on_request(accounts):
    run("wang", "--email", "w@example.com", "--role", "viewer", "--mail")
    [sent] = mail.outbox
    assert sent.to == ["w@example.com"]


def test_without_an_address_of_the_site_it_is_told(accounts):
    _out, err = run("wang", "--role", "viewer")
    assert "SITE_URL" in err


def test_another_address_prints_the_link_that_works_instead_of_the_one_before(accounts):
    user = User.objects.create_user("li", password="works", email="li@example.com", is_staff=True)
    members.renew_invitation(OPERATOR, user)
    assert "/invitation/" not in run("li", "--full-name", "李雷")[0]
    assert "/invitation/" in run("li", "--email", "other@example.com")[0]


@pytest.mark.parametrize(
    "args",
    [
        ["wang"],
        ["a b", "--role", "viewer"],
        ["wang", "--role", "viewer", "--email", "nothing"],
        ["wang", "--role", "viewer", "--account", "wx404"],
        ["wang", "--role", "viewer", "--mail"],
        ["w\udcff", "--role", "viewer", "--mail"],
    ],
)
def test_bad_usage_is_2_and_changes_nothing(accounts, args):
    with pytest.raises(CommandError) as error:
        run(*args)
    assert error.value.returncode == 2
    assert not User.objects.exists()


def test_a_mail_server_that_is_away_is_1_and_the_link_is_there(accounts, settings):
    settings.EMAIL_BACKEND = "tests.admin.staff.test_invitations.Away"
    with pytest.raises(CommandError) as error:
        run("wang", "--email", "w@example.com", "--role", "viewer", "--mail")
    assert error.value.returncode == 1
    assert User.objects.get().invitation


def test_a_name_is_written_as_the_sign_in_page_reads_it(accounts):
    run("ｗａｎｇ", "--role", "viewer")
    assert User.objects.get().username == "wang"


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_superuser": True}])
def test_who_needs_no_link_or_no_role_is_told_apart(accounts, values):
    User.objects.create_user("li", is_staff=True, **values)
    with pytest.raises(CommandError) as error:
        run("li", "--role", "viewer")
    assert error.value.returncode == 2
    assert role_of(User.objects.get()) == ""
