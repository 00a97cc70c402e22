"""Changes from the list and from a follower's page, as far as the request reaches."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from followers.changes.change import Change
from followers.changes.plan import make_plan
from followers.models import EditRun, EditStep, Follower, FollowerTag, Tag
from followers.rows.bitmaps import unpack
from followers.runs import lease
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
EVERYTHING = {"index": "0", "select_across": "1", "_selected_action": "0"}
ALL = ("tag_followers", "remark_followers", "note_followers", "block_followers")


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """What was handed to the queue."""
    tasks = []
    monkeypatch.setattr(lease, "async_task", lambda *task: tasks.append(task))
    return tasks


@pytest.fixture
def marketer(make_staff, account) -> Client:
    return make_staff(account, "view_follower", "view_tag", *ALL)


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=101, name="vip", follower_count=1)


@pytest.fixture
def people(account, vip):
    """Three who can be tagged, one who has the tag and one who left."""
    found = [follow(account, f"o{number}") for number in range(4)]
    FollowerTag.objects.create(follower=found[3], tag=vip)
    return [*found, make_unsubscribed(account, "gone")]


# Also those who left.
WITH_LEFT = "?subscribed__exact=all"


def bulk(client, what, query=WITH_LEFT, **fields):
    data = {**EVERYTHING, "action": f"edit_{what}", **fields}
    return client.post(f"{LIST}{query}", data, headers=ENGLISH)


def token(page):
    return re.search(r'name="nonce" value="([^"]+)"', page.text)[1]


def test_the_tags_are_asked_for_first(marketer, people, vip):
    page = bulk(marketer, "tag")
    for name in ("add_tag", "remove_tag"):
        assert f'<input type="checkbox" name="{name}" value="{vip.pk}">' in page.text
    assert "Show what would change" in page.text
    assert "Add or remove tags of 5 followers" in page.text
    assert not EditRun.objects.exists()


def test_the_page_says_what_would_happen(marketer, people, vip):
    page = bulk(marketer, "tag", step="preview", add_tag=vip.pk)
    text = " ".join(re.sub("<[^>]+>", " ", page.text).split())
    assert "5 selected 3 will change 2 skipped" in text
    assert "Add vip 3 get it 1 have it already no longer follows: 1" in text
    assert "has the tag already 1" in text
    assert "no longer follows 1" in text
    assert "1 call to WeChat" in text
    assert "Start for 3 followers" in text
    assert not EditRun.objects.exists()


def test_the_last_button_records_and_sends_once(
    marketer, people, vip, sent, django_capture_on_commit_callbacks
):
    form = {"step": "start", "add_tag": vip.pk}
    form["nonce"] = token(bulk(marketer, "tag", step="preview", add_tag=vip.pk))
    with django_capture_on_commit_callbacks(execute=True):
        answers = [bulk(marketer, "tag", **form) for _ in range(2)]
    run = EditRun.objects.get()
    assert [answer.url for answer in answers] == [f"{LIST}{WITH_LEFT}"] * 2
    assert (run.selected, run.skipped) == (5, 2)
    assert run.selection == "All, with those who left"
    assert len(sent) == 1


def test_a_page_that_is_drawn_anew_begins_another(marketer, people):
    for _ in range(2):
        page = bulk(marketer, "block")
        bulk(marketer, "block", step="start", nonce=token(page))
    assert EditRun.objects.count() == 2


def test_another_tag_from_the_same_page_is_another_change(marketer, account, people, vip):
    other = Tag.objects.create(account=account, wechat_id=102, name="other")
    nonce = token(bulk(marketer, "tag", step="preview", add_tag=vip.pk))
    for tag in (vip, other):
        bulk(marketer, "tag", step="start", add_tag=tag.pk, nonce=nonce)
    assert EditRun.objects.count() == 2


def test_the_filter_decides_and_is_told(marketer, people, vip):
    query = "?subscribed__exact=0"
    page = bulk(marketer, "note", query, step="preview", text="call")
    assert "Unfollowed" in page.text
    bulk(marketer, "note", query, step="start", text="call", nonce=token(page))
    run = EditRun.objects.get()
    assert (run.selected, run.selection) == (1, "Unfollowed")


def test_only_the_ticked_are_meant(marketer, people):
    ticked = [people[0].pk, people[1].pk]
    fields = {"select_across": "0", "_selected_action": ticked}
    page = bulk(marketer, "note", step="preview", text="call", **fields)
    bulk(marketer, "note", step="start", text="call", nonce=token(page), **fields)
    run = EditRun.objects.get()
    assert (run.selected, run.selection) == (2, "2 ticked followers")


def test_a_filter_that_cannot_be_read_changes_nobody(marketer, people):
    answer = bulk(marketer, "block", "?first_seen_from=yesterday", step="start")
    assert answer.status_code == 302
    assert not EditRun.objects.exists()


def test_nobody_at_all_is_no_change(marketer, people, foreign):
    ticked = {"select_across": "0", "_selected_action": [follow(foreign, "far").pk]}
    assert bulk(marketer, "block", step="start", **ticked).status_code == 302
    assert bulk(marketer, "block", "?q=none", step="start").status_code == 302
    assert not EditRun.objects.exists()


@pytest.fixture
def second(account, foreign):
    """Another account of the same staff."""
    for user in User.objects.all():
        foreign.members.add(user)
    follow(foreign, "far")
    return foreign


def test_without_an_account_the_page_says_that_one_is_needed(marketer, people, second):
    page = marketer.get(LIST, headers=ENGLISH)
    assert "choose an account first" in page.text
    assert 'value="edit_tag">' not in page.text.split("changelist-form")[0]
    followed = marketer.post(
        LIST, {**EVERYTHING, "action": "edit_block", "step": "start"}, follow=True, headers=ENGLISH
    )
    assert "choose an account first" in followed.text
    assert not EditRun.objects.exists()


def test_ticked_followers_of_one_account_need_no_choice(marketer, people, second):
    fields = {"select_across": "0", "_selected_action": [people[0].pk]}
    assert "Start for 1 followers" in bulk(marketer, "block", **fields).text


def test_ticked_followers_of_two_accounts_are_refused(marketer, people, second):
    ticked = [people[0].pk, Follower.objects.get(openid="far").pk]
    fields = {"select_across": "0", "_selected_action": ticked}
    assert bulk(marketer, "block", step="start", **fields).status_code == 302
    assert not EditRun.objects.exists()


def test_a_tag_of_another_account_is_no_tag(marketer, people, foreign):
    alien = Tag.objects.create(account=foreign, wechat_id=101, name="alien")
    page = bulk(marketer, "tag", step="start", add_tag=alien.pk)
    assert "does not exist any more" in page.text
    assert not EditRun.objects.exists()


def test_a_remark_that_is_too_long_is_refused_in_words(marketer, people):
    page = bulk(marketer, "remark", step="start", text="十一个汉字的备注名太长")
    assert "30 bytes" in page.text
    assert 'role="alert"' in page.text
    assert not EditRun.objects.exists()


def test_markup_in_a_text_stays_a_text(marketer, people):
    page = bulk(marketer, "note", step="preview", text="<b>bold</b>")
    assert "<b>bold</b>" not in page.text
    assert "&lt;b&gt;bold" in page.text


@pytest.mark.parametrize("what", ["tag", "untag", "remark", "note", "block", "unblock"])
def test_a_forged_form_gets_403_and_nothing_is_sent(make_staff, account, people, what, vip, sent):
    permission = {"untag": "tag", "unblock": "block"}.get(what, what) + "_followers"
    others = [name for name in ALL if name != permission]
    client = make_staff(account, "view_follower", *others)
    fields = {"step": "start", "add_tag": vip.pk, "text": "x"}
    assert bulk(client, what, **fields).status_code == 403
    one = {"action": "tags" if what.endswith("tag") else what, "tag": vip.pk, "text": "x"}
    assert client.post(f"{LIST}{people[0].pk}/edit/", one).status_code == 403
    assert f'value="edit_{what}"' not in client.get(LIST).text
    assert not EditRun.objects.exists()
    assert sent == []


def test_an_onlooker_sees_no_button(make_staff, account, people):
    client = make_staff(account, "view_follower")
    page = client.get(f"{LIST}{people[0].pk}/change/", headers=ENGLISH).text
    assert "/edit/" not in page
    assert "wx-actionbar" not in client.get(LIST, headers=ENGLISH).text


def test_a_foreign_follower_is_not_there(marketer, foreign):
    alien = follow(foreign, "alien")
    assert marketer.post(f"{LIST}{alien.pk}/edit/", {"action": "block"}).status_code == 404
    assert marketer.get(f"{LIST}{alien.pk}/edit/").status_code == 405


# --- one follower ---------------------------------------------------------------------------------


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


# --- the buttons above the list -------------------------------------------------------------------


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


# --- what a text replaces -------------------------------------------------------------------------


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
    assert "The newest 10 of them; 2 more are not shown" in page.text


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
