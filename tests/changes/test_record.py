"""What is confirmed is fixed: who, what, and each text."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from followers.changes import record as recording
from followers.changes.change import Change
from followers.changes.record import PlannedStep, record, record_steps
from followers.models import EditRun, EditValue, Follower, OfficialAccount, Tag
from followers.rows.bitmaps import unpack
from tests.factories import follow, make_unsubscribed

from .driver import change, people, reasons


@pytest.fixture
def vip(account):
    return Tag.objects.create(account=account, wechat_id=100, name="VIP")


def test_the_followers_are_those_of_this_moment_and_of_this_account(account, three):
    other = OfficialAccount.objects.create(name="Book Shop", app_id="wx0000000000000002")
    follow(other, "oB1")
    user = User.objects.create_user("li")
    everybody = Follower.objects.all()
    run = record(account, everybody, Change("block"), user=user, selection="All followers")
    follow(account, "oA4")
    assert set(unpack(run.steps.get().targets)) == {person.pk for person in three}
    assert (run.selected, run.requested_by, run.selection) == (3, user, "All followers")
    assert (run.status, run.created_at <= timezone.now()) == ("queued", True)


def test_who_needs_no_change_is_skipped_at_once(account, three, vip):
    three[0].tags.add(vip)
    make_unsubscribed(account, "oGone")
    run = change(account, Follower.objects.all(), "tag", tag=vip)
    assert (run.selected, run.skipped) == (4, 2)
    assert reasons(run) == {"has_tag": 1, "left": 1}


def test_while_another_change_is_under_way_nobody_is_skipped_yet(account, three, vip):
    three[0].tags.add(vip)
    first = change(account, people(account), "untag", tag=vip)
    second = change(account, people(account), "tag", tag=vip)
    assert (first.skipped, second.skipped) == (2, 0)
    EditRun.objects.update(status="succeeded")
    assert change(account, people(account), "tag", tag=vip).skipped == 1


def test_a_step_may_change_what_the_next_one_needs(account, three, vip):
    ids = [person.pk for person in three]
    steps = [PlannedStep(Change("tag", tag=vip), ids), PlannedStep(Change("untag", tag=vip), ids)]
    run = record_steps(account, steps, user=None, selection="some")
    assert (run.selected, run.skipped) == (6, 0)
    assert [(step.position, step.action) for step in run.steps.all()] == [(0, "tag"), (1, "untag")]


def test_each_follower_keeps_their_own_text(account, three, monkeypatch):
    monkeypatch.setattr(recording, "TEXTS_PER_QUERY", 2)
    texts = {person.pk: f"{person.openid} \"'\\\n,老" for person in three}
    texts[three[0].pk] = ""
    run = record_steps(
        account, [PlannedStep(Change("note"), texts=texts)], user=None, selection="x"
    )
    step = run.steps.get()
    assert (run.selected, set(unpack(step.targets))) == (3, set(texts))
    assert dict(step.values.values_list("follower_id", "after")) == texts
    assert not EditValue.objects.exclude(before=None).exists()


def test_a_tag_counts_as_one_and_keeps_both_names(account, vip):
    run = change(account, None, "rename_tag", tag=vip, name="Gold")
    step = run.steps.get()
    assert (run.selected, step.selected, step.name, step.text) == (1, 1, "Gold", "VIP")


def test_the_worker_hears_of_it_after_the_commit(
    account, three, queue, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = change(account, people(account), "block")
        assert queue.changes == []
    assert queue.changes == [(run.pk, run.ticket)]
    with django_capture_on_commit_callbacks(execute=True):
        quiet = {"user": None, "selection": "", "enqueue": False}
        record(account, people(account), Change("block"), **quiet)
    assert len(queue.changes) == 1


def test_what_cannot_be_recorded_whole_is_not_recorded(account, three, monkeypatch):
    monkeypatch.setattr(recording, "find_ineligible", lambda *aim: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        change(account, people(account), "block")
    assert not EditRun.objects.exists()
