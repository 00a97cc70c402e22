"""People of each role, in one account and in two."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from followers.accounts.roles import give_role

ENGLISH = {"accept-language": "en"}


def lets_in(name, password):
    """Whether the sign-in page does."""
    form = {"username": name, "password": password, "next": "/admin/"}
    return Client().post("/admin/login/", form).status_code == 302


@pytest.fixture
def make_member(db):
    """A member of these accounts: make_member("ann", "marketer", account, …)."""

    def make(name, role, *accounts, **values):
        user = User.objects.create_user(name, is_staff=True, password="old", **values)
        give_role(user, role)
        user.official_accounts.set(accounts)
        return user

    return make


@pytest.fixture
def sign_in():
    def sign_in(user):
        client = Client(headers=ENGLISH)
        client.force_login(user)
        return client

    return sign_in
