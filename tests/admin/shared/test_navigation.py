"""What surrounds the pages: sidebar, switcher, languages, and the theme's own texts."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.utils import translation

from followers.admin.shared import account_stats, navigation
from followers.admin.shared.account_choice import ACCOUNT_PARAMETER
from followers.models import Follower
from tests.admin.shared import theme

LOGIN = "/admin/login/"


@pytest.mark.parametrize("text", sorted(theme.texts()))
def test_every_text_of_the_theme_is_translated(text):
    with translation.override("zh-hans"):
        assert translation.gettext(text) != text


def test_the_texts_of_the_theme_are_found():
    assert {"Welcome back to", "Apply Filters", "Select value"} <= theme.texts()


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "欢迎回到"), ("en", "Welcome back to")])
def test_the_login_page_speaks_both_languages(client, db, language, word):
    page = client.get(LOGIN, headers={"Accept-Language": language}).text
    assert word in page
    assert 'value="zh-hans"' in page
    assert 'value="en"' in page


def test_chinese_is_the_default(client, db):
    assert 'lang="zh-hans"' in client.get(LOGIN).text


def test_logging_in_leads_home(client, admin_user):
    answer = client.post(LOGIN, {"username": "admin", "password": "password"})
    assert answer.url == "/admin/"


def test_the_queue_has_no_pages():
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_q"]


def links(client, page="/admin/"):
    return set(re.findall(r'href="(/admin/[^"]*)"', client.get(page).text))


def test_superusers_reach_everything(admin_client):
    models = ["officialaccount", "follower", "syncrun", "exportlog"]
    assert {f"/admin/followers/{model}/" for model in models} <= links(admin_client)
    assert {"/admin/auth/user/", "/admin/auth/group/"} <= links(admin_client)


def test_staff_are_shown_what_they_may_open(onlooker):
    found = links(onlooker)
    assert "/admin/followers/officialaccount/" in found
    assert not {"/admin/followers/follower/", "/admin/auth/user/"} & found


def test_the_badge_counts_decisions_and_failures(rf, admin_user, account, foreign, make_run):
    request = rf.get("/admin/")
    request.user = admin_user
    make_run(account, "review")
    make_run(account, "failed")
    make_run(foreign, "failed")
    make_run(foreign, "succeeded")
    assert navigation.attention_count(request) == 2


def test_the_switcher_offers_own_accounts(staff, account, foreign):
    page = staff.get("/admin/").text
    assert f'name="account" value="{account.pk}"' in page
    assert f'name="account" value="{foreign.pk}"' not in page


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1", "٣"])
def test_a_broken_account_parameter_breaks_no_page(rf, admin_user, value):
    request = rf.get("/admin/", {ACCOUNT_PARAMETER: value})
    request.user = admin_user
    assert navigation.current_account(request)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
def test_followers_are_counted_from_an_index_alone(account):
    rows = Follower.objects.filter(account__in=[account.pk])
    grouped = rows.order_by("account").values_list("account").annotate(account_stats.Count("pk"))
    assert "COVERING INDEX" in grouped.explain()


@pytest.mark.parametrize(
    "page", ["", "followers/officialaccount/{}/change/", "followers/syncrun/", "auth/user/"]
)
def test_no_page_has_links_that_lead_nowhere(admin_client, account, page):
    """Whoever uses the keyboard cannot reach a link without an address."""
    page = admin_client.get("/admin/" + page.format(account.pk)).text
    assert not re.findall(r"<a (?![^>]*href=)[^>]*>", page)


@pytest.mark.parametrize("page", ["user/", "user/add/", "group/", "group/add/"])
def test_users_and_groups_have_pages(admin_client, page):
    assert admin_client.get(f"/admin/auth/{page}").status_code == 200
