import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.admin.followers.filters import LIST_FILTERS, SECTIONS
from followers.models import Channel, FollowerTag, Tag
from followers.segments.query import FILTERS
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


def test_the_day_of_leaving_finds_who_is_gone_and_who_came_back(account, seen):
    make_unsubscribed(account, "gone", at=datetime(2024, 10, 31, 4, tzinfo=UTC))
    make_unsubscribed(account, "earlier", at=datetime(2024, 10, 1, tzinfo=UTC))
    follow(account, "back", unsubscribed_at=datetime(2024, 10, 31, 4, tzinfo=UTC))
    assert seen(left_from="2024-10-31") == ["back"]
    assert seen(left_from="2024-10-31", subscribed__exact="0") == ["gone"]
    assert seen(left_from="2024-10-31", subscribed__exact="all") == ["back", "gone"]


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


# --- the sheet ------------------------------------------------------------------------------------


def sheet(client, **params) -> str:
    page = client.get(LIST, params, headers={"accept-language": "en"}).text
    return page[page.index('id="filter-form"') :].split("</form>")[0]


def checked(form: str) -> set[tuple[str, str]]:
    """Name and value of each box and button that is chosen."""
    boxes = re.findall(r'<input type="(?:checkbox|radio)"([^>]*) checked>', form)
    found = {tuple(re.findall(r' (?:name|value)="([^"]*)"', box)) for box in boxes}
    return {(name, value) for name, value in found if value}


@pytest.fixture
def tags(account):
    made = (Tag(account=account, wechat_id=100 + n, name=f"T{n}") for n in range(4))
    return [str(tag.pk) for tag in Tag.objects.bulk_create(made)]


def test_the_sheet_shows_what_is_chosen(account, client_of_staff, tags):
    form = sheet(
        client_of_staff,
        tags__id__exact=tags[0],
        tags_any=f"{tags[1]},{tags[2]}",
        tags_none=tags[3],
        subscribe_scene__exact=["ADD_SCENE_SEARCH", "ADD_SCENE_PAID"],
        channel_contains="Shop",
        scene=["7", "8"],
        followed_within="90d",
        note__isempty="0",
        details_stale="1",
        subscribed__exact="all",
    )
    assert checked(form) == {
        ("tags_all", tags[0]),
        ("tags_any", tags[1]),
        ("tags_any", tags[2]),
        ("tags_none", tags[3]),
        ("subscribe_scene__exact", "ADD_SCENE_SEARCH"),
        ("subscribe_scene__exact", "ADD_SCENE_PAID"),
        ("channel_contains", "Shop"),
        ("scene", "7"),
        ("scene", "8"),
        ("followed_within", "90d"),
        ("note__isempty", "0"),
        ("details_stale", "1"),
        ("subscribed__exact", "all"),
    }
    assert "In the last 90 days" in form


def test_a_form_without_a_script_means_the_same(account, client_of_staff, seen, tags):
    """It repeats values, and sends the fields that are empty."""
    for number, key in enumerate(tags):
        FollowerTag.objects.create(tag_id=int(key), follower=follow(account, f"o{number}"))
    query = f"tags_any={tags[0]}&tags_any={tags[2]}&scene=&followed_within=&followed_within="
    page = client_of_staff.get(f"{LIST}?{query}&followed_from=&subscribed__exact=1&untagged=")
    assert sorted(row.openid for row in page.context["cl"].result_list) == ["o0", "o2"]
    assert seen(tags_any=f"{tags[0]},{tags[2]}") == ["o0", "o2"]
    assert page.context["cl"].problems == []


def test_following_elsewhere_is_offered_to_who_has_several_accounts(
    account, foreign, client_of_staff, admin_client
):
    assert 'name="elsewhere"' not in sheet(client_of_staff)
    assert 'name="elsewhere"' in sheet(admin_client)


def test_every_filter_has_its_place_in_one_section(account, client_of_staff):
    form = sheet(client_of_staff)
    titles = re.findall(r"<h3>([^<]+)</h3>", form)
    assert titles == ["Status", "Where they came from", "When", "More"]
    kinds = [kind for _title, section in SECTIONS for kind in section]
    assert len(set(kinds)) == len(kinds)
    assert {it.kind for it in LIST_FILTERS} == {it for it in FILTERS if it.widget}


def test_a_section_says_how_much_of_it_is_chosen(account, client_of_staff, tags):
    form = sheet(client_of_staff, tags_any=",".join(tags[:3]), followed_within="7d")
    numbers = re.findall(r'wx-section-number">([^<]+)<', form)
    assert numbers == ["3 set", "1 set"]


def test_statements_do_not_grow_with_tags_and_channels(account, client_of_staff, tags):
    asked = {"scene": ["1", "2"], "tags_any": ",".join(tags), "channel_group_contains": "x"}
    Channel.objects.create(account=account, scene="1", name="x", group="x")
    client_of_staff.get(LIST, asked)
    with CaptureQueriesContext(connection) as few:
        client_of_staff.get(LIST, asked)
    more = (Tag(account=account, wechat_id=200 + n, name=f"M{n}") for n in range(50))
    Tag.objects.bulk_create(more)
    rows = (Channel(account=account, scene=str(n), name=f"x{n}", group="x") for n in range(2, 50))
    Channel.objects.bulk_create(rows)
    asked["scene"] = [str(number) for number in range(50)]
    with CaptureQueriesContext(connection) as many:
        client_of_staff.get(LIST, asked)
    assert len(many) == len(few)


# --- what a list without anybody says ---------------------------------------------------------


def test_days_of_leaving_of_those_who_follow_are_explained(account, client_of_staff):
    make_unsubscribed(account, "gone", at=datetime(2024, 10, 31, 4, tzinfo=UTC))
    page = client_of_staff.get(LIST, {"left_from": "2024-10-01", "q": "go"})
    assert "又重新关注" in page.text
    (tab,) = (it for it in page.context["cl"].other_tabs if it.status == "0")
    found = client_of_staff.get(LIST + tab.url)
    assert [row.openid for row in found.context["cl"].result_list] == ["gone"]


def test_who_left_can_be_searched_for_from_an_empty_list(account, client_of_staff):
    make_unsubscribed(account, "gone")
    page = client_of_staff.get(LIST, {"q": "gone"})
    tabs = page.context["cl"].other_tabs
    assert [it.status for it in tabs] == ["0", "all"]
    for tab in tabs:
        assert client_of_staff.get(LIST + tab.url).context["cl"].result_count == 1
    assert not client_of_staff.get(LIST, {"q": "nobody"}).context["cl"].other_tabs


# --- the same words everywhere ----------------------------------------------------------------


def test_chips_confirmation_and_log_say_the_same(account, make_staff, tags):
    permissions = ("view_follower", "export_follower", "tag_followers", "view_exportlog")
    client = make_staff(account, *permissions)
    FollowerTag.objects.create(tag_id=int(tags[0]), follower=make_unsubscribed(account, "gone"))
    query = f"?subscribed__exact=0&tags_any={tags[0]},{tags[1]}&remark__isempty=1"
    chips = [it["text"] for it in client.get(LIST + query).context["cl"].conditions]
    assert chips == ["无备注名", "取消关注前有任一标签：T0", "或 T1"]
    chosen = {"index": "0", "select_across": "1", "_selected_action": "0"}
    page = client.post(LIST + query, {"action": "edit_tag", **chosen})
    words = ["已取消关注", "无备注名", "取消关注前有任一标签：T0 或 T1"]
    assert " · ".join(words) in page.text
    b"".join(client.post(LIST + query, {"action": "export_csv", **chosen}).streaming_content)
    Tag.objects.all().delete()
    log = client.get("/admin/followers/exportlog/").text
    assert all(f'<div class="wx-line">{it}</div>' in log for it in words)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", 'x" onclick="y'])
def test_hostile_values_stay_text(account, client_of_staff, text):
    for name in ("scene", "channel_contains", "tags_any", "followed_within", "channel_group"):
        page = client_of_staff.get(LIST, {name: text}).text
        assert text not in page
