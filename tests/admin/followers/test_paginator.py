"""Pages and counts of long lists."""

from contextlib import contextmanager

import pytest

from followers.admin.followers import list_preferences, paginator, tabs
from followers.admin.followers.paginator import CappedPaginator, count_together
from followers.models import Follower, OfficialAccount, Segment
from followers.rows.time_limit import TimeLimitError
from followers.segments.query import FollowerQuery
from followers.segments.reading import Part, Reading
from tests.factories import follow, make_unsubscribed

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def seven(account):
    return [follow(account, name) for name in "abcdefg"]


def pages(size=3):
    return CappedPaginator(Follower.objects.order_by("-pk"), size)


def openids(page):
    return "".join(follower.openid for follower in page)


@pytest.mark.parametrize("most", [20_000, 2])
def test_pages_are_in_the_order_of_the_list(seven, monkeypatch, most):
    monkeypatch.setattr(paginator, "FEW", most)
    assert [openids(pages().page(number)) for number in (1, 2, 3)] == ["gfe", "dcb", "a"]


@pytest.fixture
def slow(monkeypatch, settings):
    """Counting takes longer than it may."""

    def time_limit(milliseconds):
        raise TimeLimitError

    settings.LIST_COUNT_MS = 100
    monkeypatch.setattr(paginator, "time_limit", time_limit)


def counted():
    found = pages()
    count_together([found])
    return found


def test_each_of_several_lists_may_take_so_long(seven, monkeypatch, settings):
    """SQLite counts the time of all that is read within a limit, PostgreSQL that of each read."""
    limits = []

    @contextmanager
    def time_limit(milliseconds):
        limits.append(milliseconds)
        yield

    settings.LIST_COUNT_MS = 100
    monkeypatch.setattr(paginator, "time_limit", time_limit)
    lists = [pages(), pages()]
    count_together(lists)
    assert ([it.count for it in lists], limits) == ([7, 7], [100, 100])


def test_a_list_that_takes_too_long_to_count_says_so(seven, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    found = counted()
    assert (found.count_text, found.is_capped, found.is_uncounted) == ("2+", True, True)
    assert openids(found.page(2)) == "dcb"


def test_the_last_page_of_a_list_that_was_not_counted_is_found(seven, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    page = counted().page(5_000)
    assert (openids(page), page.number) == ("a", 3)


@pytest.mark.parametrize("number", [3, 5_000])
def test_whoever_looks_at_the_last_page_knows_how_many_there_are(seven, monkeypatch, slow, number):
    monkeypatch.setattr(paginator, "HEAD", 2)
    found = counted()
    page = found.page(number)
    assert (openids(page), page.number) == ("a", 3)
    assert (found.count_text, found.is_uncounted) == ("7", False)


def test_where_one_way_takes_too_long_few_are_found_in_another(seven, slow):
    found = pages()
    found.intersected = found.object_list.filter(openid__in="bd")
    count_together([found])
    assert (found.count_text, openids(found.page(1))) == ("2", "db")


def test_few_are_counted_and_sorted_among_others(seven):
    found = pages(2)
    found.among_few = lambda: Follower.objects.filter(openid__in="bdf")
    found.give_up_counting()
    assert (found.count_text, found.is_uncounted) == ("3", False)
    assert [openids(found.page(number)) for number in (1, 2)] == ["fd", "b"]


def test_few_are_counted_whatever_it_takes(seven, slow):
    assert counted().count_text == "7"


def test_lists_of_several_accounts_are_put_together(account, seven, monkeypatch):
    other = OfficialAccount.objects.create(name="B", app_id="wx000000000000000b", app_secret="b")
    between = follow(other, "x", subscribe_time=seven[3].followed_at)
    monkeypatch.setattr(paginator, "FEW", 0)
    query = FollowerQuery({}, {account.pk: "A", other.pk: "B"})
    found = CappedPaginator(query.followers().order_by("-followed_at", "-pk"), 3)
    found.parts = Reading(query).parts(["-followed_at", "-pk"])
    assert [part.account for part in found.parts] == [account.pk, other.pk]
    assert [openids(found.page(number)) for number in (1, 2, 3)] == ["xgf", "edc", "ba"]
    assert between in found.page(1).object_list


def test_a_segment_that_was_not_counted_keeps_the_size_of_the_last_look(
    account, seven, staff, monkeypatch, slow
):
    segment = Segment.objects.create(account=account, name="all", query="", size_at_last_look=5)
    monkeypatch.setattr(paginator, "HEAD", 2)
    monkeypatch.setattr(list_preferences, "SIZES", (3,))
    page = staff.get("/admin/followers/follower/", {"segment": segment.pk})
    assert page.context["cl"].paginator.is_uncounted
    segment.refresh_from_db()
    assert (segment.size_at_last_look, segment.looked_at) == (5, None)


def test_very_many_accounts_are_one_list(account, seven, monkeypatch):
    monkeypatch.setattr(paginator, "FEW", 0)
    accounts = {account.pk: "A"} | dict.fromkeys(range(10_000, 10_500), "B")
    query = FollowerQuery({}, accounts)
    found = CappedPaginator(query.followers().order_by("-followed_at", "-pk"), 3)
    found.parts = Reading(query).parts(["-followed_at", "-pk"])
    assert found.parts == []
    assert [openids(found.page(number)) for number in (1, 2, 3)] == ["gfe", "dcb", "a"]


@pytest.mark.parametrize("is_small", [True, False])
def test_somebody_in_two_parts_is_shown_once(account, seven, monkeypatch, is_small):
    monkeypatch.setattr(paginator, "FEW", 0)
    found = pages()
    order = ["-followed_at", "-pk"]
    letters = Follower.objects.order_by()
    found.object_list = letters.order_by(*order)
    found.parts = [
        Part(account.pk, letters.filter(openid__in="abcde"), order),
        Part(account.pk, letters.filter(openid__in="cdefg"), order, is_small),
    ]
    assert [openids(found.page(number)) for number in (1, 2, 3)] == ["gfe", "dcb", "a"]


def test_few_who_are_in_two_parts_are_counted_once(account, seven, monkeypatch, slow):
    found = pages()
    letters = Follower.objects.order_by()
    found.parts = [Part(account.pk, letters, ["-pk"]), Part(account.pk, letters, ["-pk"])]
    monkeypatch.setattr(paginator, "HEAD", 14)
    count_together([found])
    assert (found.count_text, found.is_uncounted) == ("7", False)


def test_what_nobody_looked_at_has_no_number(seven, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    shown, other = pages(), pages()
    count_together([shown, other])
    assert (shown.count_text, other.count_text) == ("2+", "")


def everybody(client):
    """The page, and what it says of the number of all who match."""
    page = client.get("/admin/followers/follower/", {"subscribed__exact": "all"}, headers=ENGLISH)
    tab = next(it for it in page.context["cl"].tabs if it.is_current)
    return " ".join(page.text.split()), tab.count_text, page.context["cl"].paginator.count_text


def test_all_are_at_least_those_of_one_tab(account, seven, staff, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    make_unsubscribed(account, "z")

    def count_one(lists):
        lists[0].count  # noqa: B018 (keeps it)
        lists[1].is_uncounted, lists[1].count = True, paginator.LIMIT + 1

    monkeypatch.setattr(tabs, "count_together", count_one)
    text, tab, whole = everybody(staff)
    # Of seven who follow the number is known; all are seen on the page.
    assert (tab, whole) == ("8", "8")
    assert "For all 8 followers" in text
    monkeypatch.setattr(list_preferences, "SIZES", (7,))
    text, tab, whole = everybody(staff)
    assert (tab, whole) == ("7+", "7+")
    assert "For all 7+ followers" in text
    assert "1–7 of 7+" in text
    monkeypatch.setattr(paginator, "LIMIT", 5)
    assert everybody(staff)[1:] == ("5+", "5+")


def test_each_list_is_counted_in_one_statement(seven, django_assert_num_queries):
    lists = [pages(), CappedPaginator(Follower.objects.filter(openid__in="abc").order_by("pk"), 1)]
    lists.append(CappedPaginator(Follower.objects.none(), 1))
    with django_assert_num_queries(2):
        count_together(lists)
    assert [it.count for it in lists] == [7, 3, 0]
