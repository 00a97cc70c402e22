"""Changes from a follower's page."""

import pytest

from followers.models import EditRun, EditStep
from followers.rows.bitmaps import unpack
from tests.factories import follow

from .changing import ENGLISH, LIST, bulk, token

pytestmark = pytest.mark.usefixtures("sent")


def one(client, person, what, **fields):
    answer = client.post(
        f"{LIST}{person.pk}/edit/", {"action": what, **fields}, follow=True, headers=ENGLISH
    )
    assert answer.redirect_chain[-1][0] == f"{LIST}{person.pk}/change/"
    return answer.text


def test_the_page_offers_what_may_be_changed(marketer, people, vip):
    page = marketer.get(f"{LIST}{people[3].pk}/change/", headers=ENGLISH).text
    assert "Remove the tag vip" in page
    assert 'data-bytes="30"' in page
    assert "Edit the internal note" in page
    assert 'value="block"' in page


def test_a_tag_is_added_from_the_page(marketer, people, vip):
    page = one(marketer, people[0], "tags", tag=vip.pk)
    run = EditRun.objects.get()
    assert (run.selected, run.steps.get().tag) == (1, vip)
    assert f"/editrun/{run.pk}/progress/" in page
    assert "Add the tag “vip”" in page
    assert "In progress" in page


def test_what_changes_nothing_is_not_recorded(marketer, people, vip):
    assert "has the tag already" in one(marketer, people[3], "tags", tag=vip.pk)
    assert "the text is the same" in one(marketer, people[0], "remark", text="  ")
    assert "30 bytes" in one(marketer, people[0], "remark", text="x" * 31)
    assert not EditRun.objects.exists()


def test_a_remark_that_came_in_too_long_is_left_alone(marketer, account):
    person = follow(account, "o1", remark="x" * 40)
    assert "the text is the same" in one(marketer, person, "remark", text="x" * 40)
    one(marketer, person, "remark", text="short")
    assert EditRun.objects.get().steps.get().text == "short"


def test_a_follower_who_left_can_only_be_noted(marketer, people):
    page = marketer.get(f"{LIST}{people[4].pk}/change/", headers=ENGLISH).text
    assert "Edit the internal note" in page
    assert "Edit the remark" not in page
    assert 'value="block"' not in page


def test_the_same_change_of_others_from_another_page_is_another_run(marketer, people):
    ticks = [{"select_across": "0", "_selected_action": [one.pk]} for one in people[:2]]
    pages = [bulk(marketer, "note", step="preview", text="VIP", **fields) for fields in ticks]
    for page, fields in zip(pages, ticks, strict=True):
        bulk(marketer, "note", step="start", text="VIP", nonce=token(page), **fields)
    assert EditRun.objects.count() == 2
    meant = [set(unpack(step.targets)) for step in EditStep.objects.order_by("pk")]
    assert meant == [{people[0].pk}, {people[1].pk}]
