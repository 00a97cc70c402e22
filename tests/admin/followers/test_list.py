"""The list's tabs, orders, columns and pages, and what it costs."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.admin.followers import paginator
from followers.models import Channel, FollowerTag, StaffPreference, Tag
from tests.factories import LONG_AGO, follow, make_unsubscribed

LIST = "/admin/followers/follower/"
KEEP = f"{LIST}preferences/"
ENGLISH = {"accept-language": "en"}
DAY = timedelta(days=1)


@pytest.fixture
def reader(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def marketer(make_staff, account):
    return make_staff(
        account, "view_follower", "export_follower", "tag_followers", "block_followers"
    )


def shown(client, **params) -> list[str]:
    return [row.openid for row in client.get(LIST, params).context["cl"].result_list]


def texts(page, pattern: str) -> list[str]:
    """The texts of all elements that a pattern finds, without tags and icons."""
    found = re.findall(pattern, page.text, re.DOTALL)
    bare = (re.sub(r'<span class="material-symbols[^>]*>\w+</span>', "", it) for it in found)
    return [" ".join(re.sub("<[^>]+>", " ", it).split()) for it in bare]


def tabs(client, **params) -> list[str]:
    nav = re.search(r'<nav class="wx-listtabs".*?</nav>', client.get(LIST, params).text, re.DOTALL)
    return [
        ("* " if "aria-current" in attributes else "")
        + " ".join(re.sub("<[^>]+>", " ", text).split())
        for attributes, text in re.findall(r"<a ([^>]*)>(.*?)</a>", nav[0], re.DOTALL)
    ]


def test_nobody_knows_how_many_a_broken_filter_means(reader):
    page = reader.get(LIST, {"followed_within": "soon"})
    assert [tab.count_text for tab in page.context["cl"].tabs] == ["", "", ""]
    assert "wx-tabcount" not in page.text


def test_several_problems_are_told_together(reader):
    page = reader.get(LIST, {"followed_from": "x", "tags_any": "y"}, headers=ENGLISH).text
    assert page.count("until this is put right") == 1
    assert page.count("Clear all filters") == 1


def test_after_a_problem_the_account_stays(account, reader):
    clear = r'href="([^"]*)">Clear all filters</a>'
    broken = {"account__id__exact": account.pk, "tags_any": "y", "subscribed__exact": "9"}
    page = reader.get(LIST, broken, headers=ENGLISH).text
    assert re.findall(clear, page) == [f"?account__id__exact={account.pk}"]
    page = reader.get(LIST, {"account__id__exact": "99"}, headers=ENGLISH).text
    assert "There is no account “99”, or you may not see it." in page
    assert re.findall(clear, page) == ["?"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"tags_any": "T", "tags_none": "T"}, "exclude each other"),
        ({"tags_any": "T", "untagged": "1"}, "exclude each other"),
        ({"details_stale": "1", "subscribed__exact": "0"}, "Details are read of those who follow"),
        ({"elsewhere": "1", "unionid__isempty": "1"}, "known by the UnionID"),
        ({"remark__isempty": "0"}, "Try fewer filters.</p>"),
        ({"q": "nobody"}, "Upper and lower case differ"),
    ],
)
def test_an_empty_list_says_why(account, reader, params, words):
    tag = Tag.objects.create(account=account, wechat_id=100, name="vip")
    follow(account, "oA")
    asked = {name: str(tag.pk) if value == "T" else value for name, value in params.items()}
    assert words in reader.get(LIST, asked, headers=ENGLISH).text


# --- tabs -----------------------------------------------------------------------------------------


@pytest.fixture
def people(account):
    for number in range(3):
        follow(account, f"oA{number}")
    for number in range(2):
        make_unsubscribed(account, f"oB{number}")


@pytest.mark.usefixtures("people")
def test_the_list_opens_on_those_who_follow(reader):
    assert shown(reader) == ["oA2", "oA1", "oA0"]
    assert tabs(reader) == ["* 正在关注 3", "已取消关注 2", "全部 5"]
    assert tabs(reader, subscribed__exact="0") == ["正在关注 3", "* 已取消关注 2", "全部 5"]
    assert tabs(reader, subscribed__exact="all") == ["正在关注 3", "已取消关注 2", "* 全部 5"]


@pytest.mark.usefixtures("people")
def test_tabs_keep_the_filters_and_the_first_needs_no_status(reader):
    nav = reader.get(LIST, {"q": "o", "p": "1", "subscribed__exact": "0"}).text
    nav = re.search(r'<nav class="wx-listtabs".*?</nav>', nav, re.DOTALL)[0]
    assert [query_of(url) for url in re.findall(r'href="([^"]*)"', nav)] == [
        {"q": ["o"]},
        {"q": ["o"], "subscribed__exact": ["0"]},
        {"q": ["o"], "subscribed__exact": ["all"]},
    ]


@pytest.mark.usefixtures("people")
def test_tabs_are_counted_under_the_other_filters(reader):
    assert tabs(reader, q="oB") == ["* 正在关注 0", "已取消关注 2", "全部 2"]
    page = reader.get(LIST, {"q": "oB", "p": "1"}, headers=ENGLISH)
    assert "No follower matches" in page.text
    # What is there elsewhere is one click away.
    assert 'href="?q=oB&amp;subscribed__exact=0">Unfollowed: 2</a>' in page.text


@pytest.mark.usefixtures("people")
def test_tabs_are_counted_up_to_the_limit(reader, monkeypatch):
    monkeypatch.setattr(paginator, "HEAD", 1)
    monkeypatch.setattr(paginator, "LIMIT", 4)
    for status in ("1", "0", "all"):
        counts = [it.split()[-1] for it in tabs(reader, subscribed__exact=status)]
        assert counts == ["3", "2", "4+"]


@pytest.mark.parametrize(
    ("left", "status", "words"),
    [(0, "0", "Nobody has left"), (1, "1", "Nobody follows at present")],
)
def test_an_empty_tab_says_where_people_are(account, reader, left, status, words):
    if left:
        make_unsubscribed(account, "a")
    else:
        follow(account, "a")
    page = reader.get(LIST, {"subscribed__exact": status}, headers=ENGLISH).text
    assert words in page
    assert re.search(r'<a class="wx-button" href="[^"]*">(Following|Unfollowed): 1</a>', page)


@pytest.mark.usefixtures("people")
def test_the_tab_of_those_who_left_knows_whose_details_are_out_of_date(reader):
    found = tabs(reader, details_stale="1", subscribed__exact="0")
    assert found == ["正在关注 3", "* 已取消关注 0", "全部 3"]
    page = reader.get(LIST, {"details_stale": "1", "subscribed__exact": "0"}, headers=ENGLISH)
    assert "Following: 3</a>" in page.text


# --- orders ---------------------------------------------------------------------------------------


@pytest.fixture
def ordered(account):
    """b followed before a; c has not been told about, and was seen between the two."""
    profile = {"subscribe_time": LONG_AGO + 3 * DAY, "subscribe_scene": "ADD_SCENE_SEARCH"}
    follow(account, "a", **profile)
    follow(account, "b", subscribe_time=LONG_AGO + DAY)
    follow(account, "c", first_seen_at=LONG_AGO + 2 * DAY)


@pytest.mark.usefixtures("ordered")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", "acb"),
        ("-followed", "acb"),
        ("followed", "bca"),
        ("-first_seen", "cba"),
        ("first_seen", "abc"),
        ("nonsense", "acb"),
        ("5.-3", "acb"),
        # Nobody who follows is sorted by leaving.
        ("left", "acb"),
    ],
)
def test_orders(reader, order, expected):
    assert "".join(shown(reader, o=order)) == expected


def test_those_who_left_are_sorted_by_when_they_did(account, reader):
    make_unsubscribed(account, "a", at=LONG_AGO + DAY)
    make_unsubscribed(account, "c", at=LONG_AGO + 2 * DAY)
    assert shown(reader, o="left", subscribed__exact="0") == ["a", "c"]
    assert shown(reader, o="-left", subscribed__exact="0") == ["c", "a"]


@pytest.mark.usefixtures("ordered")
def test_a_heading_says_the_order_and_leads_to_the_other(reader):
    page = reader.get(LIST, {"q": "", "o": "followed"}).text
    heading = re.search(
        r'column-followed" scope="col" aria-sort="ascending">\s*<a href="([^"]*)"', page
    )
    assert "".join(shown(reader, **query_of(heading[1]))) == "acb"
    page = reader.get(LIST).text
    heading = re.search(
        r'column-followed" scope="col" aria-sort="descending">\s*<a href="([^"]*)"', page
    )
    assert query_of(heading[1]) == {"o": ["followed"]}


def query_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url.replace("&amp;", "&")).query)


def test_every_order_has_a_place_in_the_menu(account, reader):
    make_unsubscribed(account, "a")
    page = reader.get(LIST, {"subscribed__exact": "0"}).text
    menu = re.search(r'<nav class="wx-panel wx-menulist".*?</nav>', page, re.DOTALL)[0]
    orders = [query_of(url).get("o", [""])[0] for url in re.findall(r'href="([^"]*)"', menu)]
    assert orders == ["", "followed", "-first_seen", "first_seen", "-left", "left"]


# --- pages ----------------------------------------------------------------------------------------


def test_a_page_has_as_many_rows_as_its_user_chose(account, reader, make_followers):
    make_followers(account, 120)
    assert "第 1–50 位，共 120 位" in reader.get(LIST).text
    answer = reader.post(KEEP, {"size": "100", "query": "p=3&q=o"})
    assert answer.url == f"{LIST}?q=o"
    assert "第 1–100 位，共 120 位" in reader.get(LIST).text
    assert len(shown(reader, size="50", p="3")) == 20
    assert len(shown(reader, size="7")) == 100


def test_pages_lead_on_and_back_with_the_filter(account, reader, make_followers):
    make_followers(account, 120)
    page = reader.get(LIST, {"q": "o", "p": "2"}).text
    assert re.search(r'rel="prev" href="\?p=1&amp;q=o"', page)
    assert re.search(r'rel="next" href="\?p=3&amp;q=o"', page)
    form = re.search(r'<form method="get" class="wx-goto">.*?</form>', page, re.DOTALL)[0]
    assert 'name="q" value="o"' in form
    assert 'name="p" value="2" min="1" max="3"' in form
    assert "共 3 页" in form


# --- columns --------------------------------------------------------------------------------------


def columns(client, **params) -> list[str]:
    head = re.search(r"<thead>.*?</thead>", client.get(LIST, params).text, re.DOTALL)[0]
    return re.findall(r'class="column-(\w+)"', head)


def test_columns_are_kept_for_each_user(account, reader, marketer):
    follow(account, "a", remark="Zhang")
    assert columns(reader) == ["identity", "state", "first_seen"]
    answer = reader.post(KEEP, {"columns": "1", "column": ["unionid", "remark", "x"]})
    assert answer.url == LIST
    assert columns(reader) == ["identity", "remark", "unionid"]
    assert columns(marketer) == ["identity", "state", "first_seen"]
    reader.post(KEEP, {"columns": "1"})
    assert columns(reader) == ["identity"]
    reader.post(KEEP, {"columns": "1", "reset": "1", "column": "unionid"})
    assert columns(reader) == ["identity", "state", "first_seen"]


def test_columns_do_not_forget_the_account(account, reader):
    user = User.objects.get(pk=reader.session["_auth_user_id"])
    StaffPreference.objects.create(user=user, account=account)
    reader.post(KEEP, {"columns": "1", "column": "note"})
    kept = StaffPreference.objects.get()
    assert (kept.account, kept.follower_columns, kept.follower_page_size) == (account, ["note"], 50)


def test_preferences_are_posted_by_those_who_see_the_list(account, reader, make_staff):
    assert reader.get(KEEP).status_code == 405
    assert make_staff(account).post(KEEP, {"size": "100"}).status_code == 403
    assert reader.post(KEEP, {"query": "//evil.example/?a=1"}).url.startswith(LIST)
    assert not StaffPreference.objects.exists()


# --- tags in a row --------------------------------------------------------------------------------


@pytest.fixture
def tagged(account):
    """a has both tags, b the first; c had the first when they left."""
    first, second = (
        Tag.objects.create(account=account, wechat_id=100 + number, name=name)
        for number, name in enumerate(("first", "second"))
    )
    people = {"a": [first, second], "b": [first]}
    for openid, tags in people.items():
        follower = follow(account, openid, has_tags=True)
        FollowerTag.objects.bulk_create(FollowerTag(follower=follower, tag=it) for it in tags)
    left = make_unsubscribed(account, "c", has_tags=True)
    FollowerTag.objects.create(follower=left, tag=first)
    return first, second


def test_a_tag_in_a_row_narrows_the_list_further(account, reader, tagged):
    def links(**params):
        page = reader.get(LIST, params).text
        cells = "".join(re.findall(r'<td class="field-tagged">.*?</td>', page, re.DOTALL))
        return {name: url for url, name in re.findall(r'<a href="([^"]*)".*?<bdi>(\w+)', cells)}

    first = query_of(links(q="")["first"])
    assert set(shown(reader, **first)) == {"a", "b"}
    narrowed = links(**first)
    # What is filtered by already leads nowhere.
    assert set(narrowed) == {"second"}
    assert len(query_of(narrowed["second"])["tags__id__exact"]) == 2
    assert shown(reader, **query_of(narrowed["second"])) == ["a"]


def test_a_row_shows_the_tags_that_were_asked_for(account, reader):
    tags = [Tag.objects.create(account=account, wechat_id=it, name=f"T{it}") for it in range(9)]
    person = follow(account, "a", has_tags=True)
    FollowerTag.objects.bulk_create(FollowerTag(follower=person, tag=it) for it in tags)
    for params, names in (({}, ["T0", "T1"]), ({"tags_any": tags[7].pk}, ["T7", "T0"])):
        cell = re.search(r'<td class="field-tagged">.*?</td>', reader.get(LIST, params).text)[0]
        assert re.findall(r"<bdi>(\w+)</bdi>", cell) == names


def test_tags_of_who_left_are_their_last_ones(reader, tagged):
    grey = 'wx-tag wx-neutral" title="取消关注前的标签"'
    assert grey not in reader.get(LIST).text
    assert reader.get(LIST, {"subscribed__exact": "0"}).text.count(grey) == 1


# --- the bar --------------------------------------------------------------------------------------


def test_one_bar_says_for_whom_and_sets_danger_apart(account, marketer):
    follow(account, "a")
    page = marketer.get(LIST)
    assert texts(page, r'<span class="wx-meant-all">(.*?)</span>') == ["对全部 1 位"]
    assert page.text.count('class="wx-actionbar') == 1
    assert 'class="wx-dangerous" name="bar" value="edit_block"' in page.text
    assert "changelist-actions" not in page.text


def test_who_may_do_nothing_ticks_nothing(account, reader):
    follow(account, "a")
    page = reader.get(LIST).text
    assert "wx-actionbar" not in page
    assert "action-select" not in page


# --- what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["member", "superuser"])
@pytest.mark.parametrize("narrowed", [True, False])
def test_rows_cost_no_queries(account, foreign, make_staff, admin_client, who, narrowed):
    client = admin_client
    if who == "member":
        client = make_staff(
            account, "view_follower", "export_follower", "tag_followers", "sync_officialaccount"
        )
    params = {"account__id__exact": account.pk} if narrowed else {}
    costs = []
    for number in (5, 45):
        fill(account, number)
        client.get(LIST, params)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST, params).status_code == 200
        costs.append(len(queries))
        assert sum("staffpreference" in each["sql"] for each in queries) == 1
    assert costs[0] == costs[1]
    assert max(costs) <= 15


def fill(account, number) -> None:
    """More followers with tags and channels, and as many who left."""
    for each in range(number):
        tag = Tag.objects.create(account=account, wechat_id=1000 * number + each, name=f"T{each}")
        scene = f"s{number}-{each}"
        Channel.objects.create(account=account, scene=scene, name=scene)
        source = {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene_str": scene}
        for openid, subscribed in (("in", True), ("out", False)):
            person = follow(
                account, f"{openid}{number}-{each}", subscribed=subscribed, note="n", **source
            )
            FollowerTag.objects.create(follower=person, tag=tag)
