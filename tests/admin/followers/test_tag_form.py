"""Several tags chosen in one form: for many followers from the list, for one on their page."""

import re

import pytest
from django.test import Client

from followers.models import EditRun, Follower, Tag
from followers.runs import lease
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/follower/"
EVERYBODY = f"{LIST}?subscribed__exact=all"
ENGLISH = {"accept-language": "en"}
EVERYTHING = {"index": "0", "select_across": "1", "_selected_action": "0", "action": "edit_tag"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def marketer(make_staff, account) -> Client:
    return make_staff(account, "view_follower", "tag_followers", "manage_tags")


@pytest.fixture
def tags(account) -> list[Tag]:
    names = ("vip", "lost", "spring")
    made = (Tag(account=account, wechat_id=101 + n, name=it) for n, it in enumerate(names))
    return Tag.objects.bulk_create(made)


@pytest.fixture
def people(account, tags) -> list[Follower]:
    """One has "vip", one "lost", one is blocked, one has left with "lost"."""
    found = [follow(account, f"o{number}", blacklisted=number == 2) for number in range(3)]
    found.append(make_unsubscribed(account, "gone"))
    for person, tag in ((0, 0), (1, 1), (3, 1)):
        found[person].tags.add(tags[tag])
    return found


def bulk(client, **fields):
    return client.post(EVERYBODY, {**EVERYTHING, **fields}, headers=ENGLISH)


def words(page):
    return " ".join(re.sub("<[^>]+>", " ", page.text).split())


def steps(run):
    return [(it.action, it.name) for it in run.steps.all()]


def test_the_page_says_of_each_tag_what_it_comes_to(marketer, people, tags):
    vip, lost, _spring = tags
    fields = {"add_tag": vip.pk, "remove_tag": lost.pk, "new_tag": " autumn "}
    text = words(bulk(marketer, step="preview", **fields))
    assert "Add or remove tags of 4 followers" in text
    assert "Add the tags “vip”, “autumn” · Remove the tag “lost”" in text
    assert "4 selected 2 will change 2 skipped" in text
    assert "Remove lost 1 lose it 2 do not have it no longer follows: 1" in text
    assert "Add vip 1 get it 1 have it already no longer follows: 1 is on the blacklist: 1" in text
    assert "Add autumn new, is created first 2 get it 0 have it already" in text
    assert "4 calls to WeChat" in text
    assert "4 followers, 4 steps: each step counts its followers anew." in text
    assert "Start for 2 followers" in text
    assert not EditRun.objects.exists()


def test_all_of_it_is_one_change(marketer, people, tags):
    vip, lost, spring = tags
    fields = {"add_tag": [vip.pk, spring.pk], "remove_tag": lost.pk, "new_tag": "autumn"}
    assert bulk(marketer, step="start", **fields).url == EVERYBODY
    run = EditRun.objects.get()
    assert steps(run) == [
        ("create_tag", "autumn"),
        ("untag", "lost"),
        ("tag", "vip"),
        ("tag", "spring"),
        ("tag", "autumn"),
    ]
    assert run.selected == 1 + 4 * 4
    shown = marketer.get(f"/admin/followers/editrun/{run.pk}/change/", headers=ENGLISH).text
    assert "Add the tags “vip”, “spring”, “autumn” · Remove the tag “lost”" in shown
    assert "Changes asked for" in shown
    assert "4 followers, 5 steps: each step counts its followers anew." in shown


def test_what_was_chosen_is_carried_on_and_can_be_chosen_anew(marketer, people, tags):
    vip, lost, _spring = tags
    fields = {"add_tag": str(vip.pk), "remove_tag": str(lost.pk), "new_tag": "autumn"}
    page = bulk(marketer, step="preview", **fields)
    carried = dict(re.findall(r'<textarea name="(\w+)" hidden>([^<]*)</textarea>', page.text))
    assert carried == fields
    page = bulk(marketer, **carried)
    assert re.findall(r'name="(\w+)" value="\d+" checked', page.text) == ["add_tag", "remove_tag"]
    assert 'value="autumn"' in page.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose at least one tag"),
        ({"add_tag": "x"}, "does not exist any more"),
        ({"add_tag": "0"}, "does not exist any more"),
        ({"new_tag": "vip"}, "There is a tag “vip” already: tick it in the list."),
        ({"new_tag": "十一个汉字的标签名太长"}, "33 bytes"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "start"])
def test_what_cannot_be_is_refused_in_words(marketer, people, tags, fields, told, step):
    page = bulk(marketer, step=step, **fields)
    assert told in page.text
    assert 'role="alert"' in page.text
    assert not EditRun.objects.exists()


def test_a_tag_cannot_be_both_added_and_removed(marketer, people, tags):
    page = bulk(marketer, step="start", add_tag=tags[0].pk, remove_tag=tags[0].pk)
    assert "choose one of both: vip" in page.text
    assert not EditRun.objects.exists()


def test_who_may_not_manage_tags_cannot_create_one(make_staff, account, people, tags):
    client = make_staff(account, "view_follower", "tag_followers")
    assert 'name="new_tag"' not in bulk(client).text
    assert bulk(client, step="start", add_tag=tags[0].pk, new_tag="autumn").status_code == 403
    address = f"{LIST}{people[0].pk}/edit/"
    assert client.post(address, {"action": "tags", "new_tag": "autumn"}).status_code == 403
    assert not EditRun.objects.exists()


@pytest.mark.parametrize("field", ["add_tag", "remove_tag"])
def test_tags_of_another_account_are_not_there(marketer, foreign, people, field):
    alien = Tag.objects.create(account=foreign, wechat_id=101, name="alien")
    assert "alien" not in bulk(marketer).text
    for step in ("preview", "start"):
        page = bulk(marketer, step=step, **{field: alien.pk})
        assert "does not exist any more" in page.text
        assert "alien" not in page.text
    assert not EditRun.objects.exists()


def test_the_tags_of_wechat_itself_are_not_offered(marketer, account, people, tags):
    for number, name in ((0, "Nobody"), (1, "Black"), (2, "Star")):
        Tag.objects.create(account=account, wechat_id=number, name=name)
    page = bulk(marketer).text
    assert "Star" in page
    assert "Nobody" not in page


@pytest.mark.parametrize("number", [5, 50])
def test_the_form_costs_the_same_queries_for_few_tags_and_for_many(
    marketer, account, people, number, django_assert_max_num_queries
):
    more = (Tag(account=account, wechat_id=200 + n, name=f"m{n}") for n in range(number))
    Tag.objects.bulk_create(more)
    with django_assert_max_num_queries(40):
        bulk(marketer)


# --- one follower ---------------------------------------------------------------------------------


def one(client, person, **fields):
    address = f"{LIST}{person.pk}/edit/"
    answer = client.post(address, {"action": "tags", **fields}, follow=True, headers=ENGLISH)
    assert answer.redirect_chain[-1][0] == f"{LIST}{person.pk}/change/"
    return answer.text


def test_the_page_of_a_follower_has_a_box_for_each_tag(marketer, people, tags):
    page = marketer.get(f"{LIST}{people[0].pk}/change/", headers=ENGLISH).text
    boxes = re.findall(r'<input type="checkbox" name="tag" value="(\d+)"( checked)?>', page)
    assert boxes == [(str(tags[0].pk), " checked"), *((str(it.pk), "") for it in tags[1:])]
    assert f'name="had_tag" value="{tags[0].pk}"' in page
    assert 'aria-label="Tags of o0"' in page


def test_what_is_ticked_and_unticked_is_one_change(marketer, people, tags):
    vip, lost, spring = tags
    page = one(marketer, people[0], had_tag=vip.pk, tag=[lost.pk, spring.pk], new_tag="autumn")
    run = EditRun.objects.get()
    assert [name for _action, name in steps(run)] == ["autumn", "vip", "lost", "spring", "autumn"]
    assert f"/editrun/{run.pk}/progress/" in page


def test_a_tag_that_came_meanwhile_is_not_taken_away(marketer, people, tags):
    """The form did not show it as theirs."""
    people[0].tags.add(tags[2])
    one(marketer, people[0], had_tag=tags[0].pk, tag=[tags[0].pk, tags[1].pk])
    assert steps(EditRun.objects.get()) == [("tag", "lost")]


def test_a_single_tag_is_taken_away_by_its_cross(marketer, people, tags):
    one(marketer, people[0], had_tag=tags[0].pk)
    assert steps(EditRun.objects.get()) == [("untag", "vip")]


def test_the_same_tags_are_no_change(marketer, people, tags):
    page = one(marketer, people[0], had_tag=tags[0].pk, tag=tags[0].pk)
    assert "the tags are the same" in page
    assert not EditRun.objects.exists()


def test_who_has_left_is_given_no_tags(marketer, people, tags):
    page = marketer.get(f"{LIST}{people[3].pk}/change/", headers=ENGLISH).text
    assert 'name="tag"' not in page
    assert "no longer follows" in one(marketer, people[3], tag=tags[0].pk)
    assert not EditRun.objects.exists()


def test_a_foreign_tag_reaches_no_follower(marketer, people, foreign):
    alien = Tag.objects.create(account=foreign, wechat_id=101, name="alien")
    for field in ("tag", "had_tag"):
        assert "does not exist any more" in one(marketer, people[0], **{field: alien.pk})
    assert not EditRun.objects.exists()
