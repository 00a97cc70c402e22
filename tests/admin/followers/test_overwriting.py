"""What a change says of the texts that it replaces."""

import re

import pytest

from followers.changes.change import Change
from followers.changes.plan import make_plan
from followers.models import Follower
from tests.factories import follow, make_unsubscribed

from .changing import bulk

pytestmark = pytest.mark.usefixtures("sent")


@pytest.mark.parametrize(
    ("what", "text", "told"),
    [
        ("remark", "new", "2 of them have another remark now, which is overwritten."),
        ("remark", "", "3 of them have a remark now, which is removed."),
        ("note", "new", "1 of them have another internal note now, which is overwritten."),
        ("note", "", "2 of them have an internal note now, which is removed."),
    ],
)
def test_the_page_says_how_many_texts_are_replaced(marketer, account, what, text, told):
    for number, remark in enumerate(["", "old", "older", "new"]):
        follow(account, f"o{number}", remark=remark)
    follow(account, "n1", note="new")
    follow(account, "n2", note="old")
    # Who has left keeps the remark.
    make_unsubscribed(account, "gone", remark="kept")
    page = bulk(marketer, what, step="preview", text=text)
    assert told in " ".join(page.text.split())


def test_nothing_is_said_where_no_text_is_replaced(marketer, people):
    page = bulk(marketer, "remark", step="preview", text="new").text
    assert "overwritten" not in page


def test_the_page_shows_the_ten_newest_texts_that_are_replaced(marketer, account):
    for number in range(12):
        follow(account, f"o{number}", remark=f"<i>old</i> {number}")
    page = bulk(marketer, "remark", step="preview", text="new <b>")
    shown = re.findall(r"<bdi>&lt;i&gt;old&lt;/i&gt; (\d+)</bdi>", page.text)
    assert shown == [str(number) for number in range(11, 1, -1)]
    assert page.text.count("<bdi>new &lt;b&gt;</bdi>") == 10
    assert "The newest 10 of them; not shown: 2" in page.text


def test_of_a_note_the_page_shows_whose_it_is_and_that_it_is_cleared(marketer, account):
    follow(account, "o1", note="call", remark="Li")
    row = bulk(marketer, "note", step="preview", text="").text.partition('id="overwritten"')[2]
    text = " ".join(re.sub("<[^>]+>", " ", row).split())
    assert "All of them Follower Now Afterwards Li o1 call empty" in text


def test_only_of_those_who_change_texts_are_shown(marketer, account):
    follow(account, "o1", remark="new")
    make_unsubscribed(account, "gone", remark="kept")
    page = bulk(marketer, "remark", step="preview", text="new").text
    assert 'id="overwritten"' not in page


@pytest.mark.parametrize("number", [3, 30])
def test_the_texts_are_counted_in_one_query(
    account, number, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr("followers.changes.follower_sets.MAX_CHECKED_ONE_BY_ONE", 10)
    for each in range(number):
        follow(account, f"o{each}", remark="old" if each % 2 else "")
    everybody = Follower.objects.filter(account=account)
    with django_assert_max_num_queries(9):
        found = make_plan(account, everybody, Change("remark", text="new"))
    assert found.overwritten == number // 2
