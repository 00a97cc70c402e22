"""A change that was taken back says so: in the list, on its page, and in a follower's history."""

import re

import pytest
from django.utils import timezone
from pyroaring import BitMap64

from followers.admin.changes.undo_state import undo_states
from followers.changes import undo as undoing
from followers.changes.change import Change
from followers.changes.record import record
from followers.changes.step_queries import attach_steps
from followers.changes.steps import add_chunk
from followers.models import EditRun, Follower, FollowerTag, Tag
from followers.runs import lease
from tests.factories import follow

RUNS = "/admin/followers/editrun/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=101, name="vip")


@pytest.fixture
def tagging(account, vip) -> EditRun:
    """Three were given the tag."""
    people = [follow(account, name) for name in "abc"]
    everybody = Follower.objects.filter(account=account)
    run = record(account, everybody, Change("tag", tag=vip), user=None, selection="All")
    FollowerTag.objects.bulk_create(FollowerTag(follower=it, tag=vip, edit=run) for it in people)
    return end(run, 3)


def end(run: EditRun, number: int) -> EditRun:
    """So many of the run's people are done, nobody is left."""
    ids = BitMap64(Follower.objects.order_by("pk").values_list("pk", flat=True)[:number])
    if ids:
        add_chunk(run.steps.get(), 9, "done", ids, timezone.now())
    run.steps.update(status="done")
    EditRun.objects.filter(pk=run.pk).update(status="succeeded", done=number)
    run.refresh_from_db()
    return run


def undo(run: EditRun) -> EditRun:
    return undoing.undo(run, None)


@pytest.fixture
def tagger(make_staff, account):
    return make_staff(account, "view_follower", "tag_followers", "undo_edits")


def labels(client):
    """Of each change in the list, the newest first."""
    page = client.get(RUNS, headers=ENGLISH).text
    cells = re.findall(r'<td class="field-state[^>]*>(.*?)</td>', page, re.DOTALL)
    return [re.findall(r'<a class="wx-label[^>]*>([^<]+)<', cell) for cell in cells]


def test_a_change_that_stands_says_nothing(tagger, tagging):
    assert labels(tagger) == [[]]
    assert "Undone by" not in tagger.get(f"{RUNS}{tagging.pk}/change/", headers=ENGLISH).text


@pytest.mark.parametrize(
    ("number", "label", "sentence"),
    [
        (3, "Undone", "Undone by #{}"),
        (2, "Partly undone", "Partly undone by #{}: for 2 followers"),
    ],
)
def test_an_undone_change_says_by_what_and_how_far(tagger, tagging, number, label, sentence):
    taken = end(undo(tagging), number)
    assert labels(tagger) == [[], [label]]
    page = tagger.get(f"{RUNS}{tagging.pk}/change/", headers=ENGLISH).text
    assert sentence.format(taken.pk) in page
    assert f'href="{RUNS}{taken.pk}/change/">{label}</a>' in page


def test_an_undo_under_way_is_told(tagger, tagging):
    taken = undo(tagging)
    assert labels(tagger) == [[], ["Being undone"]]
    page = tagger.get(f"{RUNS}{tagging.pk}/change/", headers=ENGLISH).text
    assert f"Being undone by #{taken.pk}" in page


def test_an_undo_that_did_nothing_is_not_told(tagger, tagging):
    end(undo(tagging), 0)
    assert labels(tagger) == [[], []]


def test_an_undo_that_is_undone_leaves_the_change_standing(account, vip, tagging):
    FollowerTag.objects.all().delete()
    taken = end(undo(tagging_again(tagging, vip)), 3)
    FollowerTag.objects.all().delete()
    assert undo_states([tagging])[tagging.pk].whole
    end(undo(taken), 3)
    assert undo_states([tagging]) == {}


def tagging_again(run: EditRun, tag: Tag) -> EditRun:
    people = Follower.objects.order_by("pk")
    FollowerTag.objects.bulk_create(FollowerTag(follower=it, tag=tag, edit=run) for it in people)
    return run


def test_the_list_asks_once_for_each_level_of_undos(tagging, django_assert_num_queries):
    end(undo(tagging), 3)
    rows = attach_steps(EditRun.objects.all())
    # And once for the tags among what they did.
    with django_assert_num_queries(3):
        undo_states(rows)


def test_the_history_of_a_follower_tells_an_undo_as_one(tagger, tagging):
    end(undo(tagging), 3)
    person = Follower.objects.order_by("pk")[0]
    page = tagger.get(f"/admin/followers/follower/{person.pk}/change/").text
    assert f"撤销 #{tagging.pk}：移除标签“vip”" in page
    assert re.search(r">添加标签|>打标签“vip”", page)


def press(client, run, **form):
    return client.post(f"{RUNS}{run.pk}/undo/", form).url


def test_undo_in_two_tabs_is_one_undo(tagger, tagging):
    first = press(tagger, tagging, nonce="tab 1")
    assert press(tagger, tagging, nonce="tab 2") == first
    assert press(tagger, tagging, nonce="tab 1") == first
    (only,) = EditRun.objects.filter(undo_of=tagging)
    assert first == f"{RUNS}{only.pk}/change/"


def test_what_is_undone_leads_to_its_undo(tagger, tagging):
    first = press(tagger, tagging, nonce="tab 1")
    end(EditRun.objects.get(undo_of=tagging), 3)
    FollowerTag.objects.all().delete()
    assert press(tagger, tagging, nonce="tab 2") == first
    assert EditRun.objects.filter(undo_of=tagging).count() == 1


def test_what_is_undone_in_part_can_be_undone_further(tagger, tagging):
    first = press(tagger, tagging, nonce="tab 1")
    end(EditRun.objects.get(undo_of=tagging), 1)
    assert press(tagger, tagging, nonce="tab 2") != first
    assert EditRun.objects.filter(undo_of=tagging).count() == 2


def test_what_is_left_after_a_whole_undo_can_be_undone(tagger, tagging):
    first = press(tagger, tagging, nonce="tab 1")
    end(EditRun.objects.get(undo_of=tagging), 3)
    assert press(tagger, tagging, nonce="tab 2") != first
