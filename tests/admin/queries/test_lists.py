"""How many queries the lists cost, however much is chosen: a table of all filters."""

from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection

from followers.admin.followers import paginator
from followers.admin.shared.segments import MAX_OFFERED
from followers.models import Segment
from followers.rows.time_limit import TimeLimitError
from followers.segments.query import FILTERS, VIEW_PARAMETERS
from followers.segments.saved import MAX_DEPTH
from tests.admin.addresses import addresses

from .conftest import cost

FOLLOWERS = "/admin/followers/follower/"
MAX_QUERIES = 15
MOMENTS = ("followed", "first_seen", "left", "began", "ended")


def several(crowd, number):
    """By name, as many values of a filter as are asked for."""
    tags = [str(tag.pk) for tag in crowd.tags[:number]]
    tagged = [str(it.pk) for it in crowd.segments if it.query.startswith("tags_any")]
    return {
        "tags, one parameter": {"tags_any": ",".join(tags)},
        "any tag": {"tags_any": tags},
        "all tags": {"tags_all": tags},
        "no tag": {"tags_none": tags},
        "old tags": {"tags__id__exact": tags},
        "channels": {"scene": [f"s{n}" for n in range(number)]},
        "channels by name": {"scene": [f"c{n}" for n in range(number)]},
        "parts of names": {"channel_contains": [f"c{n}" for n in range(number)]},
        "groups": {"channel_group": [f"g{n}" for n in range(number)]},
        "parts of groups": {"channel_group_contains": [f"g{n}" for n in range(number)]},
        "sources": {"subscribe_scene__exact": [f"SOURCE{n}" for n in range(number)]},
        "segments": {"segment": tagged[:number]},
        "ids": {"q": " ".join(f"o{n}" for n in range(number))},
    }


@pytest.mark.parametrize("status", ["1", "0", "all"])
def test_chosen_values_cost_no_queries(client, crowd, status):
    crowd.grow(45)
    own = {"account__id__exact": crowd.account.pk, "subscribed__exact": status}
    few, many = several(crowd, 2), several(crowd, 10)
    found = {
        name: (cost(client, FOLLOWERS, own | few[name]), cost(client, FOLLOWERS, own | many[name]))
        for name in few
    }
    assert {name: (few, many) for name, (few, many) in found.items() if few < many} == {}


def each_filter(crowd):
    """By parameter of the follower list, a value that people match."""
    day = str(crowd.now.date())
    return {
        **dict.fromkeys({name for kind in FILTERS for name in kind.parameters}, "1"),
        **{name: it for them in several(crowd, 3).values() for name, it in them.items()},
        **{f"{what}_{end}": day for what in MOMENTS for end in ("from", "to")},
        **{f"{what}_within": "30d" for what in MOMENTS[:3]},
        "origin_scene": "s1",
        "origin_source": "ADD_SCENE_QR_CODE",
        "": "",
        "o": "-followed_at",
        "p": "2",
    }


@pytest.mark.parametrize("status", ["1", "0", "all"])
@pytest.mark.parametrize("narrowed", [True, False], ids=["an account", "all accounts"])
def test_the_follower_list_asks_so_much_at_most(client, crowd, status, narrowed):
    own = {"account__id__exact": crowd.account.pk} if narrowed else {}
    own |= {"subscribed__exact": status}
    found = {}
    for name, value in each_filter(crowd).items():
        if name not in own:
            found[name] = cost(client, FOLLOWERS, own | ({name: value} if name else {}))
    assert {status for status, _number in found.values()} == {200}
    assert {it: n for it, (_status, n) in found.items() if n > MAX_QUERIES} == {}


@pytest.fixture
def slow(settings, monkeypatch):
    """Whatever may take a moment takes longer, and is given up."""

    def interrupted(execute, *statement):
        execute(*statement)
        raise TimeLimitError

    @contextmanager
    def time_limit(milliseconds):
        with connection.execute_wrapper(interrupted):
            yield

    settings.LIST_COUNT_MS = 1
    monkeypatch.setattr(paginator, "time_limit", time_limit)
    monkeypatch.setattr(paginator, "HEAD", 2)


@pytest.mark.parametrize("together", [False, True], ids=["alone", "with details out of date"])
def test_lists_that_take_long_ask_so_much_at_most(client, crowd, slow, together):
    crowd.grow(45)
    own = {"account__id__exact": crowd.account.pk}
    own |= {"details_stale": "1", "remark__isempty": "0"} if together else {}
    found = {
        name: cost(client, FOLLOWERS, own | ({name: value} if name else {}))[1]
        for name, value in each_filter(crowd).items()
        if name not in own
    }
    assert {it: n for it, n in found.items() if n > MAX_QUERIES} == {}


def test_a_page_asks_so_much_at_most(client, crowd):
    found = {name: 0 for name, _address in addresses(crowd.keys)}
    for name, address in addresses(crowd.keys):
        found[name] = max(found[name], cost(client, address)[1])
    assert {it: n for it, n in found.items() if n > MAX_QUERIES} == {}


def chain(crowd, name):
    """A segment and those within it, as deep as they are opened; the last has lost another."""
    named = f"tags_any={crowd.tags[0].pk}&scene=s1&scene=c1&scene=nobody&channel_group=g1"
    query = f"{named}&segment=999999"
    for depth in range(MAX_DEPTH):
        values = {"account": crowd.account, "name": f"{name}-{MAX_DEPTH - depth}.", "query": query}
        segment = Segment.objects.create(**values)
        query = f"{named}&segment={segment.pk}"


def test_the_list_of_segments_within_segments(client, crowd):
    for number in range(2):
        chain(crowd, f"chain{number}")
    address = "/admin/followers/segment/"
    few = cost(client, address, {"q": "-1."})
    for number in range(2, 30):
        chain(crowd, f"chain{number}")
    assert client.get(address, {"q": "-1."}).context["cl"].result_count == 30
    assert cost(client, address, {"q": "-1."}) == few
    assert few[1] <= MAX_QUERIES


def saved(crowd, query):
    return Segment.objects.create(account=crowd.account, name=f"saved {uuid4()}", query=query)


def test_segments_cost_the_same_however_many_and_deep(client, crowd):
    """Of each filter: three segments with it, and as many as may lie within each other."""
    own = {"account__id__exact": crowd.account.pk}
    # More than the sidebar reads, so that it reads none of the others.
    mine = {"account": crowd.account, "owner": User.objects.get(username="admin")}
    Segment.objects.bulk_create(Segment(name=f"{n}", **mine) for n in range(MAX_OFFERED + 1))
    found = {}
    for name, value in each_filter(crowd).items():
        if name in {"", "segment", *own, *VIEW_PARAMETERS}:
            continue
        query = urlencode({name: value}, doseq=True)
        flat = [saved(crowd, query).pk for _ in range(3)]
        deep = [saved(crowd, query)]
        for _ in range(MAX_DEPTH - 1):
            deep.append(saved(crowd, f"{query}&segment={deep[-1].pk}"))
        chosen = (flat[:1], flat, [deep[1].pk], [deep[-1].pk])
        found[name] = [cost(client, FOLLOWERS, own | {"segment": keys}) for keys in chosen]
    assert {status for them in found.values() for status, _number in them} == {200}
    numbers = {name: [number for _status, number in them] for name, them in found.items()}
    # What lies within is read once more.
    assert {it: n for it, n in numbers.items() if n[1] > n[0] or max(n) > n[0] + 1} == {}
    assert {it: n for it, n in numbers.items() if max(n) > MAX_QUERIES} == {}
