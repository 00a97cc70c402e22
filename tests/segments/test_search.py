from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.models import Follower, OfficialAccount
from followers.models.followers import SHORT_NOTE
from followers.segments import search as module
from followers.segments.query import FollowerQuery
from followers.segments.reading import Reading
from followers.segments.search import split_ids
from tests.factories import follow


def search(q: str, of: Any = None) -> Any:
    accounts = dict(OfficialAccount.objects.values_list("pk", "name"))
    return FollowerQuery({"q": [q]}, accounts).followers(of)


def find(q: str) -> list[str]:
    return sorted(search(q).order_by("-id").values_list("openid", flat=True))


@pytest.fixture(autouse=True)
def _people(account):
    follow(account, "oABcd-1", remark="Zhang San 上海 100%")
    follow(account, "oABCD_2", unionid="uXY")
    follow(account, "oabcd-3", remark="客户_A")
    follow(account, "pZZ")


@pytest.mark.parametrize(
    ("q", "openids"),
    [
        ("oABcd-1", ["oABcd-1"]),
        ("  oABcd-1\n", ["oABcd-1"]),
        ("\u200boABcd-1\ufeff", ["oABcd-1"]),
        ('="oABcd-1"', ["oABcd-1"]),
        ('"oABcd-1"', ["oABcd-1"]),
        ("\ufeffuXY", ["oABCD_2"]),
        ('="oABcd-1"\n="pZZ"', ["oABcd-1", "pZZ"]),
        ("上海\u200b", ["oABcd-1"]),
        ("oAB", ["oABCD_2", "oABcd-1"]),
        ("oABc", ["oABcd-1"]),
        ("oab", ["oabcd-3"]),
        ("o", ["oABCD_2", "oABcd-1", "oabcd-3"]),
        ("ABcd", []),
        ("oABCD%", []),
        ("oAB__", []),
        ("uXY", ["oABCD_2"]),
        ("uX", []),
        ("uxy", []),
        ("上海", ["oABcd-1"]),
        ("zhang", ["oABcd-1"]),
        ("Zhang San", ["oABcd-1"]),
        ("100%", ["oABcd-1"]),
        ("户_", ["oabcd-3"]),
        ("%", ["oABcd-1"]),
        ("", ["oABCD_2", "oABcd-1", "oabcd-3", "pZZ"]),
        ("' OR 1=1 --", []),
        ("oABcd-1 张三", ["oABcd-1"]),
        ("李四, oAB", []),
        ("张" * 300, []),
    ],
)
@pytest.mark.parametrize("narrow", [1000, 0])
def test_what_a_search_finds(monkeypatch, narrow, q, openids):
    monkeypatch.setattr(module, "MAX_INDEXED_MATCHES", narrow)
    assert find(q) == openids
    accounts = dict(OfficialAccount.objects.values_list("pk", "name"))
    parts = Reading(FollowerQuery({"q": [q]}, accounts)).parts(["-followed_at", "-pk"])
    assert sorted({it.openid for part in parts for it in part.rows}) == openids


@pytest.mark.parametrize("narrow", [1000, -1])
@pytest.mark.parametrize("length", [3, SHORT_NOTE, SHORT_NOTE + 1, 2_000])
def test_a_note_of_any_length_is_found_by_its_end(account, monkeypatch, narrow, length):
    monkeypatch.setattr(module, "MAX_INDEXED_MATCHES", narrow)
    follow(account, "oNoted", note="😀" * (length - 2) + "绿茶")
    assert find("绿茶") == ["oNoted"]


def test_pasted_ids_find_exactly_these():
    assert find("oABcd-1, pZZ，oAB\n uXY;nobody") == ["oABCD_2", "oABcd-1", "pZZ"]


def test_a_thousand_ids_can_be_pasted_and_no_more():
    thousand = [f"x{number}" for number in range(999)]
    assert find(" ".join([*thousand, "pZZ"])) == ["pZZ"]
    query = FollowerQuery({"q": [" ".join([*thousand, "pZZ", "more"])]}, {})
    assert "1001" in query.problems[0]


def test_words_are_parted_by_what_people_paste():
    assert split_ids("a,b，c、d\r\ne;f a") == ["a", "b", "c", "d", "e", "f"]


def test_a_narrow_search_keeps_to_the_rows_it_was_given(account):
    other = OfficialAccount.objects.create(name="B", app_id="wx0000000000000009")
    follow(other, "oABcd-1")
    found = search("oABcd-1", Follower.objects.filter(account=other))
    assert [row.account for row in found] == [other]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the words of SQLite's planner")
@pytest.mark.parametrize("q", ["oABcd-1", "oA", "上海", "uXY", "oABcd-1 pZZ"])
def test_a_search_never_scans_the_followers(q):
    with CaptureQueriesContext(connection) as queries:
        list(search(q).order_by("-id"))
    plans = [plan(query["sql"]) for query in queries if "followers_follower" in query["sql"]]
    assert plans
    # By the account alone is by all its followers.
    slow = ("SCAN followers_", "INDEX follower_account (account_id=?)")
    assert not [step for steps in plans for step in steps if any(word in step for word in slow)]


def plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql.replace('%', '%%')}")
        return [row[3] for row in cursor.fetchall()]


@pytest.mark.parametrize("q", ["\u200b", "\ufeff\u00ad", "\u3000", "\n", "\u202e"])
def test_a_search_for_nothing_that_anybody_sees_is_none(q):
    query = FollowerQuery({"q": [q]}, dict(OfficialAccount.objects.values_list("pk", "name")))
    assert (query.params, query.conditions(), query.problems) == ({}, [], [])
    assert query.followers().count() == 4
