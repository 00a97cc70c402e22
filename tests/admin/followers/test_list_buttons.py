"""The buttons above the list: for the ticked, else for all that it shows."""

import re

import pytest

from .changing import ALL, ENGLISH, LIST, WITH_LEFT

pytestmark = pytest.mark.usefixtures("sent")


def form_of(page):
    return page[page.index('<form id="changelist-form"') :].split("</form>")[0]


def pressed(client, action, query="", **fields):
    """A button above the list, as a browser sends it without any script."""
    data = {"bar": action, "action": "", "select_across": "0", **fields}
    return client.post(f"{LIST}{query}", data, headers=ENGLISH)


@pytest.mark.parametrize(
    ("query", "number", "words"),
    [("", 4, "Following"), (WITH_LEFT, 5, "All, with those who left")],
)
def test_a_button_above_the_list_is_for_all_it_shows_while_nothing_is_ticked(
    marketer, people, query, number, words
):
    page = pressed(marketer, "edit_note", query)
    assert f"Set the internal note of {number} followers" in page.text
    assert words in page.text


def test_a_button_above_the_list_is_for_the_ticked_alone(marketer, people):
    ticked = [people[0].pk, people[4].pk]
    page = pressed(marketer, "edit_note", WITH_LEFT, _selected_action=ticked)
    assert "Set the internal note of 2 followers" in page.text
    assert "2 ticked followers" in page.text
    assert "All, with those who left" not in page.text


def test_with_ticks_and_all_that_match_it_is_for_all(marketer, people):
    ticked = [one.pk for one in people[:2]]
    page = pressed(marketer, "edit_note", _selected_action=ticked, select_across="1")
    assert "Set the internal note of 4 followers" in page.text


def test_the_buttons_above_the_list_are_sent_with_its_ticks(make_staff, account, people):
    """Which is what makes the ticks count without a script."""
    client = make_staff(account, "view_follower", "export_follower", *ALL)
    page = client.get(LIST, headers=ENGLISH).text
    buttons = re.findall(r'<button[^>]*name="bar"[^>]*>', page)
    actions = re.findall(r'value="(\w+)"', "".join(buttons))
    assert len(set(actions)) == 6
    # On a phone these two are in the menu.
    assert {name for name in actions if actions.count(name) > 1} == {"edit_remark", "edit_note"}
    assert set(buttons) <= set(re.findall("<button[^>]*>", form_of(page)))
    assert 'name="select_across" value="1"' not in page


def test_what_is_ticked_is_exported(make_staff, account, people):
    client = make_staff(account, "view_follower", "export_follower")
    answer = pressed(client, "export_csv", _selected_action=[people[1].pk])
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["o1"]
    answer = pressed(client, "export_csv", WITH_LEFT)
    assert len(b"".join(answer.streaming_content).splitlines()) == 1 + len(people)
