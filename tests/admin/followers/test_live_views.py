"""What the sheet of filters asks for while somebody chooses."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from followers.admin.followers import live_views, paginator
from followers.models import Channel, FollowerTag, Tag
from followers.rows.dialect import dialect, fetch
from followers.rows.time_limit import TimeLimitError, time_limit
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/follower/"
ENDLESS = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50000000)
    SELECT count(*) FROM numbers
"""


@pytest.fixture
def viewer(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def both(make_staff, account, foreign):
    """Belongs to two accounts."""
    client = make_staff(account, "view_follower")
    foreign.members.add(*account.members.all())
    return client


def test_the_number_is_that_of_the_list(account, viewer):
    for number in range(3):
        follow(account, f"o{number}", remark="tea" * (number > 0))
    make_unsubscribed(account, "gone")
    for params in ({}, {"remark__isempty": "0"}, {"subscribed__exact": "all"}, {"q": "gone"}):
        shown = viewer.get(LIST, params).context["cl"].result_count
        found = viewer.get(f"{LIST}count/", {**params, "p": "3", "size": "200"}).json()
        text = str(shown)
        assert found == {"count": shown, "capped": False, "text": text, "problems": []}


def test_more_than_the_limit_are_not_counted(account, viewer, monkeypatch):
    monkeypatch.setattr(paginator, "LIMIT", 2)
    for number in range(4):
        follow(account, f"o{number}")
    found = viewer.get(f"{LIST}count/").json()
    assert found == {"count": 2, "capped": True, "text": "2+", "problems": []}


@pytest.mark.parametrize(
    "query",
    ["followed_within=soon", "tags_any=99", "q=%00", "colour=1", "account__id__exact=x", "e=1"],
)
def test_what_cannot_be_read_is_told(account, viewer, query):
    follow(account, "o1")
    found = viewer.get(f"{LIST}count/?{query}").json()
    assert (found["count"], len(found["problems"])) == (0, 1)


def test_a_count_that_takes_too_long_is_given_up(account, viewer, monkeypatch):
    monkeypatch.setattr(live_views, "MAX_MILLISECONDS", 50)
    monkeypatch.setattr(live_views, "_counted", lambda _asked, _problems: fetch(ENDLESS, []))
    found = viewer.get(f"{LIST}count/", headers={"accept-language": "zh-hans"}).json()
    assert (found["count"], found["problems"]) == (None, [])
    assert found["text"] == "人数较多，暂时无法立即统计。"


@pytest.mark.django_db
def test_the_limit_ends_with_its_block():
    with pytest.raises(TimeLimitError), time_limit(50):
        fetch(ENDLESS, [])
    with transaction.atomic():
        with time_limit(50):
            fetch("SELECT 1", [])
        if connection.vendor == "postgresql":
            assert fetch("SHOW statement_timeout", []) == [("0",)]
    assert fetch(ENDLESS.replace("50000000", "500000"), []) == [(500_000,)]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
@pytest.mark.django_db(transaction=True)
def test_a_limit_never_ends_the_next_statement():
    """Reads that take just as long as they may: the server's timer goes off as they end."""
    rows, given_up = 2_000, 0
    for _ in range(1_000):
        try:
            with time_limit(1):
                fetch(f"SELECT count(*) FROM generate_series(1, {rows}) AS n WHERE n < 0", [])
            rows += 50
        except TimeLimitError:
            given_up += 1
            rows = max(100, rows - 100)
        assert fetch("SELECT 3", []) == [(3,)]
    assert 0 < given_up < 1_000


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
@pytest.mark.django_db(transaction=True)
def test_a_server_that_takes_one_statement_at_a_time(monkeypatch):
    """PostgreSQL with `?server_side_binding=True` in its address."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", True)
    connection.close()
    with time_limit(60_000):
        assert fetch("SELECT %s + 1", [1]) == [(2,)]
    with pytest.raises(TimeLimitError), time_limit(50):
        fetch(ENDLESS, [])
    with dialect().list_reads():
        assert fetch("SELECT 3", []) == [(3,)]
    monkeypatch.undo()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_read_outside_of_transactions_is_one_query():
    """On PostgreSQL with its settings, which do not outlive it."""
    with CaptureQueriesContext(connection) as queries, time_limit(60_000):
        assert fetch("SELECT %s + 1", [1]) == [(2,)]
    assert len(queries) == 1
    with pytest.raises(TimeLimitError), time_limit(50):
        fetch(ENDLESS, [])
    with dialect().list_reads():
        assert fetch("SELECT 3", []) == [(3,)]
    if connection.vendor == "postgresql":
        assert fetch("SHOW statement_timeout", []) == [("0",)]
        assert fetch("SHOW seq_page_cost", []) == [("1",)]


@pytest.mark.parametrize("name", ["count", "channels", "groups"])
def test_who_may_not_see_the_list_is_told_nothing(account, make_staff, client, viewer, name):
    assert make_staff(account).get(f"{LIST}{name}/").status_code == 403
    assert client.get(f"{LIST}{name}/").status_code == 302
    assert viewer.post(f"{LIST}{name}/").status_code == 405


@pytest.fixture
def theirs(foreign):
    """A channel, a tag and a follower of an account that `viewer` does not belong to."""
    Channel.objects.create(account=foreign, scene="77", name="secret shop", group="secret group")
    tag = Tag.objects.create(account=foreign, wechat_id=100, name="secret tag")
    person = follow(foreign, "theirs", qr_scene=77, unionid="u1")
    FollowerTag.objects.create(tag=tag, follower=person)
    return tag


def test_nothing_of_another_account_is_counted_or_named(account, foreign, viewer, theirs):
    follow(account, "ours", qr_scene=77, unionid="u1")
    key = theirs.pk
    for query in (
        f"account__id__exact={foreign.pk}",
        f"tags_any={key}",
        f"tags_all={key}",
        f"tags_none={key}",
        f"tags__id__exact={key}",
        "scene=secret+shop",
        "channel_contains=secret",
        "channel_group=secret+group",
        "channel_group_contains=secret",
        "elsewhere=1",
        "q=theirs",
    ):
        found = viewer.get(f"{LIST}count/?{query}")
        assert found.json()["count"] == 0, query
        assert "secret" not in found.text.replace("secret group", "").replace("secret+shop", "")
        page = viewer.get(f"{LIST}?{query}")
        assert not page.context["cl"].result_list
        assert "secret tag" not in page.text
    # A scene is a number that anybody's QR code may have; only its name is another's.
    assert "secret" not in viewer.get(f"{LIST}?scene=77").text
    for name in ("channels", "groups"):
        for query in ("part=secret", f"part=&account__id__exact={foreign.pk}", "part=77"):
            assert viewer.get(f"{LIST}{name}/?{query}").json() == {"results": [], "more": False}


def test_channels_are_found_by_a_part_of_their_names(account, viewer):
    Channel.objects.create(account=account, scene="1043", name="Nanjing Road", group="East")
    Channel.objects.create(account=account, scene="8", name="Park")
    found = viewer.get(f"{LIST}channels/", {"part": "JING"}).json()
    road = {"value": "1043", "text": "Nanjing Road", "detail": "1043 · East"}
    assert found == {"results": [road], "more": False}
    for part, expected in (("10", ["1043"]), ("", ["1043", "8"]), ("\0x", []), ("%", [])):
        found = viewer.get(f"{LIST}channels/", {"part": part}).json()
        assert [it["value"] for it in found["results"]] == expected


def test_groups_are_found_with_their_sizes(account, viewer):
    for number, group in enumerate(["East", "East", "West", ""]):
        Channel.objects.create(account=account, scene=str(number), name="x", group=group)
    found = viewer.get(f"{LIST}groups/", headers={"accept-language": "zh-hans"}).json()
    assert [(it["value"], it["detail"]) for it in found["results"]] == [
        ("East", "2 个渠道"),
        ("West", "1 个渠道"),
    ]
    found = viewer.get(f"{LIST}groups/", {"part": "eS"}).json()
    assert [it["value"] for it in found["results"]] == ["West"]


def test_of_many_channels_some_are_offered(account, viewer, django_assert_num_queries):
    rows = (Channel(account=account, scene=str(n), name=f"Shop {n:04}") for n in range(5_000))
    Channel.objects.bulk_create(rows)
    found = viewer.get(f"{LIST}channels/", {"part": "shop"}).json()
    assert (len(found["results"]), found["more"]) == (live_views.MAX_SUGGESTIONS, True)
    page = viewer.get(LIST, {"channel_contains": "shop"})
    assert "Shop 0100" not in page.text
    with override("en"):
        assert page.context["cl"].problems == []


def test_without_one_account_no_channel_is_offered(account, both):
    Channel.objects.create(account=account, scene="8", name="Park", group="East")
    for name in ("channels", "groups"):
        assert both.get(f"{LIST}{name}/").json()["results"] == []
        chosen = both.get(f"{LIST}{name}/", {"account__id__exact": account.pk})
        assert len(chosen.json()["results"]) == 1
