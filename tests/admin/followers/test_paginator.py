"""Pages and counts of long lists."""

import pytest

from followers.admin.followers import paginator
from followers.admin.followers.paginator import CappedPaginator
from followers.models import Follower
from followers.rows import dialect
from followers.rows.dialect import QueryTimeoutError
from tests.factories import follow


@pytest.fixture
def seven(account):
    return [follow(account, name) for name in "abcdefg"]


def pages(size=3):
    return CappedPaginator(Follower.objects.order_by("-pk"), size)


def openids(page):
    return "".join(follower.openid for follower in page)


@pytest.mark.parametrize("head", [1_000, 2])
def test_pages_are_in_the_order_of_the_list(seven, monkeypatch, head):
    monkeypatch.setattr(paginator, "HEAD", head)
    assert [openids(pages().page(number)) for number in (1, 2, 3)] == ["gfe", "dcb", "a"]


@pytest.fixture
def slow(monkeypatch, settings):
    """Counting takes longer than it may."""

    class Slow:
        def time_limit(self, seconds):
            raise QueryTimeoutError

    settings.LIST_COUNT_SECONDS = 0.1
    monkeypatch.setattr(paginator, "dialect", Slow)


def test_a_list_that_takes_too_long_to_count_says_so(seven, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    found = pages()
    assert (found.count_text, found.is_capped, found.is_uncounted) == ("2+", True, True)
    assert openids(found.page(2)) == "dcb"


def test_the_last_page_of_a_list_that_was_not_counted_is_found(seven, monkeypatch, slow):
    monkeypatch.setattr(paginator, "HEAD", 2)
    page = pages().page(5_000)
    assert (openids(page), page.number) == ("a", 3)


def test_few_are_counted_whatever_it_takes(seven, slow):
    assert pages().count_text == "7"


def test_a_query_ends_at_its_time_limit(seven):
    rows = " CROSS JOIN followers_follower ".join(f"AS f{n}" for n in range(12))
    with pytest.raises(QueryTimeoutError), dialect.dialect().time_limit(0.05):
        dialect.fetch(f"SELECT count(*) FROM followers_follower {rows}", [])
    assert dialect.fetch("SELECT count(*) FROM followers_follower", []) == [(7,)]


def test_a_query_has_its_limit_alone(seven):
    with dialect.dialect().time_limit(60):
        assert Follower.objects.count() == 7
    assert Follower.objects.count() == 7
