"""How many texts a run overwrites: expected before, exact afterwards."""

import pytest

from followers.changes.change import Change
from followers.changes.overwriting import overwritten_texts
from followers.changes.record import PlannedStep, record_steps
from followers.models import EditRun, Follower
from followers.runs import engine
from tests.factories import follow, make_unsubscribed

from .driver import REMARKING, change, drive, people

pytestmark = pytest.mark.django_db


def counted(run):
    run = EditRun.objects.get(pk=run.pk)
    return [(it.step.action, it.done, it.expected) for it in overwritten_texts(run)]


@pytest.fixture
def ten(account, small):
    """Of ten, four have another remark, one the same and five none."""
    found = list(people(account).order_by("pk"))
    for number, person in enumerate(found):
        person.remark = ("old", "older", "other", "Li", "new")[number] if number < 5 else ""
        small.account.console.change(person.openid, remark=person.remark)
        person.save(update_fields=["remark"])
    return found


def test_what_is_expected_becomes_what_was_done(account, small, ten):
    run = change(account, people(account), "remark", text="new")
    assert counted(run) == [("remark", 0, 4)]
    seen = set()
    while run.is_active:
        engine.advance(EditRun, run.pk, run.ticket)
        run.refresh_from_db()
        ((_action, done, expected),) = counted(run)
        seen.add((done, expected))
    assert {done + expected for done, expected in seen} == {4}
    assert counted(run) == [("remark", 4, 0)]


def test_clearing_removes_texts(account, small, ten):
    run = change(account, people(account), "remark", text="")
    assert counted(run) == [("remark", 0, 5)]
    assert counted(drive(run)) == [("remark", 5, 0)]


def test_what_was_not_accepted_was_not_overwritten(account, small, ten):
    small.fault("40003", path=REMARKING, count=1)
    run = drive(change(account, people(account), "remark", text="new"))
    assert (run.failed, counted(run)) == (1, [("remark", 3, 0)])


def test_each_step_of_a_file_is_counted(account, small, ten):
    Follower.objects.filter(pk=ten[9].pk).update(note="called")
    texts = {person.pk: f"r{person.pk}" for person in ten[3:]}
    notes = {person.pk: "n" for person in ten[8:]}
    steps = [
        PlannedStep(Change("remark"), texts=texts),
        PlannedStep(Change("note"), texts=notes),
    ]
    run = record_steps(account, steps, user=None, selection="file")
    assert counted(run) == [("remark", 0, 2), ("note", 0, 1)]
    assert counted(drive(run)) == [("remark", 2, 0), ("note", 1, 0)]


def test_who_has_left_and_what_is_cancelled_overwrites_nothing(account):
    make_unsubscribed(account, "gone", remark="kept")
    follow(account, "here", remark="old")
    run = change(account, Follower.objects.filter(account=account), "remark", text="new")
    assert counted(run) == [("remark", 0, 1)]
    engine.cancel(run)
    assert counted(run) == []


def test_changes_without_texts_say_nothing(account):
    follow(account, "here")
    run = change(account, Follower.objects.filter(account=account), "block")
    assert counted(run) == []
