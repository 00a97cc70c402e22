import pytest
from django.utils import timezone
from pyroaring import BitMap64

from followers.admin.changes import follower_changes as edit_history
from followers.admin.changes.follower_changes import changes_for
from followers.changes.change import Change
from followers.changes.record import record
from followers.changes.steps import add_chunk
from followers.models import EditRun, Follower, Run
from followers.runs import lease
from tests.factories import follow


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def person(account) -> Follower:
    return follow(account, "a")


def noted(person: Follower, text: str) -> EditRun:
    people = Follower.objects.filter(pk=person.pk)
    return record(person.account, people, Change("note", text=text), user=None, selection="one")


def end(run: EditRun, outcome: str, person: Follower, **why: object) -> None:
    add_chunk(run.steps.get(), 9, outcome, BitMap64([person.pk]), timezone.now(), **why)
    EditRun.objects.filter(pk=run.pk).update(status=Run.Status.SUCCEEDED)


def test_what_is_under_way_comes_first(person):
    end(noted(person, "one"), "done", person)
    second = noted(person, "two")
    first = changes_for(person)[0]
    assert (first.run, first.outcome, first.at) == (second, "", second.created_at)
    assert [touch.outcome for touch in changes_for(person)] == ["", "done"]


def test_what_is_settled_is_no_longer_under_way(person):
    run = noted(person, "one")
    step = run.steps.get()
    add_chunk(step, 9, "skipped", BitMap64([person.pk]), timezone.now(), reason="same")
    assert changes_for(person) == []


def test_a_failure_says_why(person):
    end(noted(person, "one"), "failed", person, reason="fatal", error_code=45059)
    (touch,) = changes_for(person)
    assert touch.outcome == "failed"
    assert "20" in touch.why


def test_others_between_the_first_and_the_last_row_are_not_meant(account, person):
    between, last = follow(account, "b"), follow(account, "c")
    run = noted(person, "one")
    ids = BitMap64([person.pk, last.pk])
    add_chunk(run.steps.get(), 9, "done", ids, timezone.now())
    assert changes_for(between) == []
    assert len(changes_for(last)) == 1


def test_a_change_stays_however_many_of_others_came_later(account, person):
    end(noted(person, "one"), "done", person)
    other = follow(account, "b")
    for number in range(30):
        end(noted(other, str(number)), "done", other)
    assert len(changes_for(person)) == 1
    assert len(changes_for(other)) == edit_history.MAX_ENTRIES


def test_only_the_newest_calls_are_looked_through(account, person, monkeypatch):
    monkeypatch.setattr(edit_history, "MAX_CHUNKS", 5)
    end(noted(person, "one"), "done", person)
    other = follow(account, "b")
    for number in range(5):
        end(noted(other, str(number)), "done", other)
    assert changes_for(person) == []
