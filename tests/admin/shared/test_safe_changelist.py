"""Hostile and mistyped addresses: nothing but a list's own parameters reaches its query."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followers.models import Channel, Follower
from tests.factories import follow

ENGLISH = {"accept-language": "en"}
PAGES = sorted(model._meta.label_lower.replace(".", "_") for model in admin.site._registry)
HUGE = "9" * 22
FOLLOWERS = "/admin/followers/follower/"


def page_of(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def rows(response) -> list:
    return list(response.context["cl"].result_list)


@pytest.fixture
def everything(account, make_run):
    """A row in each of the lists that a regular visit fills."""
    make_run(account, "succeeded")
    Channel.objects.create(account=account, scene="1", name="Door")
    follow(account, "oABcd", remark="Li")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "name", ["id__regex", "pk__gt", "id__in", "colour", "password__startswith", "members__password"]
)
def test_unknown_parameters_are_never_applied(admin_client, everything, page, name):
    answer = admin_client.get(page_of(page), {name: "1"})
    assert answer.status_code == 302
    assert answer["Location"] == page_of(page) + "?e=1"
    told = admin_client.get(answer["Location"], headers=ENGLISH).content.decode()
    # An action on "all that match" must not reach everybody.
    assert "a filter that does not exist, so nothing is shown" in told
    # An empty list is not taken for one that has nothing in it.
    assert " yet</h2>" not in told


def test_a_regular_expression_never_reaches_the_database(admin_client, everything):
    with CaptureQueriesContext(connection) as statements:
        admin_client.get(FOLLOWERS, {"openid__regex": "^(a+)+!$"}, follow=True)
    assert any("followers_follower" in statement["sql"] for statement in statements)
    assert not any("(a+)+!" in statement["sql"] for statement in statements)


def test_an_action_on_an_unknown_filter_reaches_nobody(admin_client, everything):
    chosen = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "1"}
    answer = admin_client.post(f"{FOLLOWERS}?openid__startswith=o", chosen)
    assert answer["Location"] == f"{FOLLOWERS}?e=1"


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("followers_follower", "account__id__exact", "{account}"),
        ("followers_follower", "subscribed__exact", "1"),
        ("followers_follower", "blacklisted__exact", "0"),
        ("followers_follower", "remark__isempty", "0"),
        ("followers_follower", "first_seen_from", "1990-01-01"),
        ("followers_follower", "q", "oAB"),
        ("followers_follower", "o", "1"),
        ("followers_follower", "p", "1"),
        ("followers_syncrun", "account__id__exact", "{account}"),
        ("followers_syncrun", "status__exact", "succeeded"),
        ("followers_officialaccount", "q", "旗舰"),
        ("followers_channel", "account__id__exact", "{account}"),
        ("followers_channel", "group", ""),
        ("auth_user", "is_superuser__exact", "1"),
        ("auth_user", "_popup", "1"),
    ],
)
def test_the_lists_own_parameters_work(admin_client, everything, account, page, name, value):
    answer = admin_client.get(page_of(page), {name: value.format(account=account.pk)})
    assert answer.status_code == 200
    assert len(rows(answer)) == 1


def test_tags_of_the_only_account_can_be_asked_for(admin_client, account):
    tags = page_of("followers_tag")
    assert admin_client.get(tags, {"account__id__exact": account.pk}).status_code == 200


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("followers_follower", "account__id__exact", HUGE),
        ("followers_follower", "tags__id__exact", HUGE),
        ("followers_follower", "channel_group", "\0"),
        ("followers_follower", "o", "\0"),
        ("followers_follower", "q", "\0"),
        ("followers_follower", "q", "x" * 40_001),
        ("followers_syncrun", "status__exact", "\0"),
        ("followers_syncrun", "account__id__exact", "\0"),
        ("followers_syncrun", "account__id__exact", HUGE),
        ("followers_channel", "group", "\0"),
        ("followers_channel", "q", "x" * 60_000),
        ("followers_officialaccount", "q", "\0"),
        ("followers_officialaccount", "q", "x" * 60_000),
        ("auth_user", "role", "\0"),
        ("auth_user", "q", "\0"),
    ],
)
def test_what_cannot_be_read_matches_nothing(admin_client, everything, page, name, value):
    answer = admin_client.get(page_of(page), {name: value}, headers=ENGLISH)
    assert answer.status_code == 200
    assert rows(answer) == []
    assert answer.context["cl"].problems
    assert str(answer.context["cl"].problems[0])[:12] in answer.content.decode()
    assert len(answer.context["messages"]) <= 1


def test_a_search_longer_than_any_remark_finds_ids_alone(admin_client, everything):
    assert rows(admin_client.get(FOLLOWERS, {"q": "店" * 39_000})) == []
    pasted = "oABcd " + " ".join(["店" * 60] * 600)
    assert [it.openid for it in rows(admin_client.get(FOLLOWERS, {"q": pasted}))] == ["oABcd"]


def test_a_number_without_a_filter_is_no_error(admin_client, everything):
    assert admin_client.get(FOLLOWERS, {"tags": HUGE}).status_code == 302


@pytest.mark.parametrize("term", ["\0", "x" * 60_000])
def test_a_name_to_complete_that_cannot_be_read_matches_nobody(admin_client, term):
    asked = {"app_label": "followers", "model_name": "officialaccount", "field_name": "members"}
    answer = admin_client.get(reverse("admin:autocomplete"), {**asked, "term": term})
    assert answer.json()["results"] == []


@pytest.mark.parametrize(
    ("page", "action"),
    [
        ("followers_follower", "export_csv"),
        ("followers_follower", "refresh_details"),
        ("followers_officialaccount", "sync_followers"),
        ("followers_channel", "delete_selected"),
        ("auth_group", "delete_selected"),
    ],
)
@pytest.mark.parametrize("key", ["abc", "", "\0", HUGE, "-1", "9" * 5000])
def test_what_cannot_be_a_key_ticks_nothing(admin_client, everything, page, action, key):
    form = {"action": action, "index": "0", "_selected_action": key}
    answer = admin_client.post(page_of(page), form, follow=True, headers=ENGLISH)
    assert answer.status_code == 200
    assert "Items must be selected" in answer.content.decode()


def test_a_key_among_others_that_are_none_is_ticked(admin_client, everything):
    form = {"action": "export_csv", "index": "0"}
    form["_selected_action"] = ["abc", str(Follower.objects.get().pk)]
    answer = admin_client.post(FOLLOWERS, form)
    assert b"oABcd" in b"".join(answer.streaming_content)
