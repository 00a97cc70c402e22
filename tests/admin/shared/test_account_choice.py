"""The account that somebody looks at stays chosen: on other pages, and after signing in anew."""

import pytest
from django.test import Client

from followers.models import StaffPreference

CHOOSE = "/admin/account/"
FOLLOWERS = "/admin/followers/follower/"


def choose(client, account, page="/admin/"):
    return client.post(CHOOSE, {"account": (account and account.pk) or "", "next": page}).url


def test_the_choice_is_in_the_addresses_of_the_lists(staff, account):
    choose(staff, account)
    page = staff.get("/admin/").text
    assert f'href="{FOLLOWERS}?account__id__exact={account.pk}"' in page
    choose(staff, None)
    assert f'href="{FOLLOWERS}"' in staff.get("/admin/").text


def test_the_choice_stays_after_signing_in_anew(admin_client, admin_user, account, foreign):
    choose(admin_client, foreign)
    admin_client.logout()
    again = Client()
    again.force_login(admin_user)
    page = again.get("/admin/")
    assert page.context["scope"].account == foreign
    assert [card["name"] for card in page.context["accounts"]] == [foreign.name]


def test_the_address_of_a_list_says_what_it_shows(admin_client, account, foreign):
    """A list without an account covers all, whatever was chosen."""
    choose(admin_client, foreign)
    page = admin_client.get(FOLLOWERS).text
    assert 'value="" class' in page
    assert current(page) == "全部公众号"
    assert (
        current(admin_client.get(f"{FOLLOWERS}?account__id__exact={account.pk}").text) == "旗舰店"
    )
    assert current(admin_client.get("/admin/").text) == foreign.name
    assert current(admin_client.get("/admin/auth/user/").text) == foreign.name


def current(page):
    (inside,) = page.split('aria-current="true">')[1:2]
    return inside.split('class="grow truncate">')[1].split("<")[0]


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ("/admin/", "/admin/"),
        ("/admin/growth/?period=7d&account__id__exact=9", "/admin/growth/?period=7d"),
        ("/admin/growth/retention/", "/admin/growth/retention/"),
        (f"{FOLLOWERS}?q=x&account__id__exact=9&p=3", FOLLOWERS + "?account__id__exact={}"),
        ("/admin/followers/tag/", "/admin/followers/tag/?account__id__exact={}"),
        (f"{FOLLOWERS}5/change/", "/admin/"),
        ("/admin/auth/user/", "/admin/"),
        ("https://evil.example/admin/", "/admin/"),
        ("//evil.example", "/admin/"),
        ("nonsense", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_the_choice_is_shown_where_it_was_made(staff, account, page, after):
    assert choose(staff, account, page) == after.format(account.pk)


def test_nobody_chooses_an_account_of_others(staff, account, foreign):
    choose(staff, account)
    answer = staff.post(CHOOSE, {"account": foreign.pk, "next": "/admin/"})
    assert answer.status_code == 404
    assert StaffPreference.objects.get().account == account


def test_an_account_that_one_has_left_is_not_shown_any_more(staff, account):
    choose(staff, account)
    account.members.clear()
    page = staff.get("/admin/")
    assert page.status_code == 200
    assert page.context["scope"].account is None


def test_a_link_changes_no_choice(staff, account):
    assert staff.get(CHOOSE, {"account": account.pk}).status_code == 405
    assert not StaffPreference.objects.exists()


def test_whoever_is_not_signed_in_chooses_nothing(client, account):
    assert "/login/" in choose(client, account)


def test_urgent_things_of_other_accounts_stay_in_sight(admin_client, account, foreign, make_run):
    make_run(foreign, "failed")
    choose(admin_client, account)
    page = admin_client.get("/admin/")
    assert foreign.name in {entry.title for entry in page.context["attention"]}
