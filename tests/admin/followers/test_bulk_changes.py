"""Changes from the list, as far as the request reaches."""

import re

import pytest
from django.contrib.auth.models import User

from followers.admin.followers import paginator
from followers.models import EditRun, Follower, Tag
from tests.factories import follow

from .changing import ALL, ENGLISH, EVERYTHING, LIST, WITH_LEFT, bulk, token

pytestmark = pytest.mark.usefixtures("sent")


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


def test_the_plan_names_the_number_that_the_list_did_not_count(marketer, people, vip, monkeypatch):
    monkeypatch.setattr(paginator, "LIMIT", 3)
    assert "Add or remove tags of 3+ followers" in bulk(marketer, "tag").text
    page = bulk(marketer, "tag", step="preview", add_tag=vip.pk)
    assert "Add or remove tags of 5 followers" in page.text


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
