import re
from datetime import UTC, datetime

import pytest

from followers.models import Tag
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/follower/"


@pytest.fixture
def seen(client_of_staff):
    """The openids that a list with these parameters shows, sorted."""

    def seen(**params: str) -> list[str]:
        response = client_of_staff.get(LIST, params)
        assert response.status_code == 200
        return sorted(row.openid for row in response.context["cl"].result_list)

    return seen


@pytest.fixture
def client_of_staff(make_staff, account):
    return make_staff(account, "view_follower", "export_follower")


def test_a_range_includes_both_its_local_days(account, seen):
    for openid, moment in {
        "a": datetime(2024, 10, 30, 15, 59, 59, tzinfo=UTC),
        "b": datetime(2024, 10, 30, 16, tzinfo=UTC),
        "c": datetime(2024, 10, 31, 15, 59, 59, 999999, tzinfo=UTC),
        "d": datetime(2024, 10, 31, 16, tzinfo=UTC),
    }.items():
        follow(account, openid, first_seen_at=moment)
    assert seen(first_seen_from="2024-10-31", first_seen_to="2024-10-31") == ["b", "c"]
    assert seen(first_seen_from="2024-10-31") == ["b", "c", "d"]
    assert seen(first_seen_to="2024-10-31") == ["a", "b", "c"]


def test_the_day_of_leaving_finds_who_is_gone(account, seen):
    make_unsubscribed(account, "gone", at=datetime(2024, 10, 31, 4, tzinfo=UTC))
    make_unsubscribed(account, "earlier", at=datetime(2024, 10, 1, tzinfo=UTC))
    follow(account, "back", unsubscribed_at=datetime(2024, 10, 31, 4, tzinfo=UTC))
    assert seen(left_from="2024-10-31") == ["back"]
    for status in ("0", "all"):
        assert seen(left_from="2024-10-31", subscribed__exact=status) == ["gone"]


def test_a_list_has_those_who_follow_unless_it_is_asked_for_others(account, seen):
    follow(account, "here")
    make_unsubscribed(account, "gone")
    assert seen() == seen(subscribed__exact="") == seen(subscribed__exact="1") == ["here"]
    assert seen(subscribed__exact="0") == ["gone"]
    assert seen(subscribed__exact="all") == ["gone", "here"]


def test_account_as_in_any_django_admin(account, foreign, admin_client):
    follow(account, "ours")
    follow(foreign, "theirs")
    response = admin_client.get(LIST, {"account__id__exact": account.pk})
    assert [row.openid for row in response.context["cl"].result_list] == ["ours"]


def test_only_own_accounts_are_offered_and_accepted(account, foreign, seen, client_of_staff):
    follow(foreign, "theirs")
    page = client_of_staff.get(LIST, {"account__id__exact": foreign.pk})
    assert page.context["cl"].problems
    assert not page.context["cl"].result_list
    assert foreign.name not in page.content.decode()


@pytest.mark.parametrize(
    "params",
    [
        {"first_seen_from": "2024/10/31"},
        {"first_seen_to": "yesterday"},
        {"left_from": "2024-02-30"},
        {"first_seen_from": "2024-10-31", "first_seen_to": "2024-10-01"},
        {"subscribed__exact": "2"},
        {"account__id__exact": "x"},
        {"q": "\0"},
        {"q": " ".join(map(str, range(1001)))},
    ],
)
def test_what_cannot_be_read_says_so_and_matches_nobody(account, client_of_staff, params):
    follow(account, "o1")
    page = client_of_staff.get(LIST, params)
    assert page.context["cl"].result_count == 0
    assert 'role="alert"' in page.content.decode()


def test_each_condition_can_be_lifted_alone(account, client_of_staff):
    page = client_of_staff.get(LIST, {"q": "o", "left_from": "2024-10-01", "left_to": "2024-10-02"})
    assert [chip["without"] for chip in page.context["cl"].conditions] == [
        "?left_from=2024-10-01&left_to=2024-10-02",
        "?q=o",
    ]


def test_filters_are_named_for_the_keyboard(account, client_of_staff):
    page = client_of_staff.get(LIST).content.decode()
    assert re.search(r'type="date"[^>]* name="first_seen_from"', page)
    assert 'aria-controls="changelist-filter"' in page
    assert page.count('type="radio" name="subscribed__exact"') == 3


def test_the_sheet_sends_each_filter_once(account, client_of_staff):
    """Also hidden ones would count: a box that is unticked could never take its tag away."""
    tag = Tag.objects.create(account=account, wechat_id=100, name="VIP")
    asked = {
        "account__id__exact": account.pk,
        "tags_all": tag.pk,
        "scene": "7",
        "left_from": "2024-10-01",
        "subscribed__exact": "1",
    }
    page = client_of_staff.get(LIST, asked).content.decode()
    form = page[page.index('id="filter-form"') :].split("</form>")[0]
    fields = re.findall(r"<(input|select)([^>]*)>", form)
    sent = [
        re.search(r' name="([^"]+)"', attributes)[1]
        for tag, attributes in fields
        if not re.search(r'type="(radio|checkbox)"(?!.* checked)|type="search"', attributes)
    ]
    assert {name: sent.count(name) for name in asked} == dict.fromkeys(asked, 1)


def test_somebody_without_any_action_is_refused_one(account, make_staff):
    follow(account, "o1")
    chosen = {"action": "edit_block", "index": "0", "select_across": "1", "_selected_action": "0"}
    assert make_staff(account, "view_follower").post(LIST, chosen).status_code == 403
