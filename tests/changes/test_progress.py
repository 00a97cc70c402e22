"""A change in figures and words while it moves, and the lists of whom it reached."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override
from pyroaring import BitMap64

from followers.changes import progress
from followers.changes.progress import change_progress, count_reasons, followers_with_outcome
from followers.changes.steps import add_chunk
from followers.models import EditRun, EditStep
from tests.factories import follow

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def run(account):
    """Of 100, 40 were tagged in two calls, 4 skipped and 6 failed."""
    numbers = {"selected": 100, "done": 40, "skipped": 4, "failed": 6}
    return EditRun.objects.create(account=account, created_at=NOW, status="running", **numbers)


@pytest.fixture
def add(run):
    """An outcome of followers with these row ids, some seconds after the others."""
    step = EditStep.objects.create(run=run, position=0, action="tag")

    def add(outcome, ids, seconds=0, **why):
        at = NOW + timedelta(seconds=seconds)
        return add_chunk(step, step.chunks.count(), outcome, BitMap64(ids), at, **why)

    return add


def test_the_rate_is_that_of_the_latest_calls(run, add):
    add("done", range(20))
    assert (change_progress(run)["rate"], change_progress(run)["seconds_left"]) == (None, None)
    add("done", range(20, 40), seconds=4)
    add("skipped", range(40, 44), seconds=90)
    state = change_progress(run)
    assert (state["rate"], state["seconds_left"]) == (5.0, 10)
    EditRun.objects.update(status="waiting")
    run.refresh_from_db()
    assert change_progress(run)["rate"] is None


def test_only_the_latest_ten_calls_count(run, add, monkeypatch):
    monkeypatch.setattr(progress, "RATE_CHUNKS", 2)
    for number, seconds in enumerate((0, 50, 51)):
        add("done", [number], seconds=seconds)
    assert change_progress(run)["rate"] == 1


def test_reasons_of_the_same_words_are_one_and_the_most_frequent_comes_first(run, add):
    add("skipped", [1], reason="left")
    add("skipped", [2, 3, 4], reason="has_tag")
    add("skipped", [5], reason="left")
    assert count_reasons(run)["skipped"] == [
        {"reason": "has the tag already", "number": 3},
        {"reason": "no longer follows", "number": 2},
    ]
    add("failed", [6], reason="fatal", error_code=40003)
    assert [it["number"] for it in count_reasons(run)["failed"]] == [1]
    assert count_reasons(run)["failed"][0]["reason"]


def test_a_tag_itself_counts_as_one(add):
    assert add("done", ()) == 1


def test_each_list_names_its_people_and_why(account, run, add, monkeypatch):
    monkeypatch.setattr(progress, "FOLLOWERS_PER_QUERY", 2)
    people = [follow(account, f"oA{number}", remark=f"r{number}").pk for number in range(5)]
    add("done", [*people[1:4], 10**12])
    add("skipped", people[4:], reason="left")
    add("done", people[:1])
    assert [row[0] for row in followers_with_outcome(run, "done")] == ["oA1", "oA2", "oA3", "oA0"]
    assert list(followers_with_outcome(run, "skipped")) == [("oA4", "r4", "no longer follows")]
    assert list(followers_with_outcome(run, "failed")) == []


@pytest.mark.parametrize("sizes", [[1, 1, 1], [3, 1, 5, 2], [0, 4, 1, 1], [2, 2, 2]])
def test_a_list_has_the_people_of_all_steps_in_order(account, run, monkeypatch, sizes):
    """However many chunks each step has, of two that are read at once."""
    monkeypatch.setattr(progress, "CHUNKS_PER_QUERY", 2)
    expected = []
    for position, size in enumerate(sizes):
        step = EditStep.objects.create(run=run, position=position, action="block")
        for number in range(size):
            openid = f"o{position}-{number}"
            person = follow(account, openid)
            add_chunk(step, number, "done", BitMap64([person.pk]), NOW)
            expected.append(openid)
    assert [openid for openid, *_rest in followers_with_outcome(run, "done")] == expected
