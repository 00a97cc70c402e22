"""Any interleaving of changes, syncs, kills, faults and changes at WeChat itself ends equal.

And at every moment: what nobody has changed at WeChat itself is equal, but for what is being sent.
"""

from collections.abc import Sequence
from random import Random

from django.conf import settings
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from followers.models import EditChunk, EditRun
from followers.rows.bitmaps import unpack

from ..stateful import profile
from .interplay import Interplay, make_small

ACTS = {
    "edit_members": 6,
    "edit_blacklist": 2,
    "edit_text": 3,
    "edit_tag": 3,
    "edit_file": 2,
    "undo": 4,
    "again": 2,
    "cancel_edit": 1,
    "cancel_sync": 1,
    "start_sync": 4,
    "late_task": 1,
    "console_members": 4,
    "console_blacklist": 2,
    "console_remark": 2,
    "console_tag": 2,
    "console_people": 2,
    "mood": 2,
}
# What others do while a worker is between WeChat's answer and its commit.
BESIDE = {"slice": 4, "overtake": 6, "time_passes": 2, "whole": 12}
# The ends of the paths of calls at which it happens.
PLACES = (
    "",
    "/tags/get",
    "/tag/get",
    "/getblacklist",
    "/batchget",
    "ging",
    "list",
    "/updateremark",
)


def some(acts: dict[str, int], most: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    names = [name for name, weight in acts.items() for _ in range(weight)]
    return st.lists(st.tuples(st.sampled_from(names), numbers), max_size=most)


numbers = st.integers(min_value=0, max_value=2**32)


class Changes(Interplay):
    def __init__(self) -> None:
        super().__init__()
        self.counted: dict[int, int] = {}

    @rule(
        acts=some(ACTS | {"quiet": 1}, 4),
        number=numbers,
        seconds=st.sampled_from([0, 60]),
        slices=st.integers(1, 5),
        place=st.tuples(st.sampled_from(PLACES), st.integers(1, 6)),
        dies=st.sampled_from(["", "", "before", "answered", "stored", "lost"]),
        meanwhile=some(ACTS | BESIDE, 4),
    )
    def work(
        self,
        acts: Sequence[tuple[str, int]],
        number: int,
        seconds: int,
        slices: int,
        place: tuple[str, int],
        dies: str,
        meanwhile: Sequence[tuple[str, int]],
    ) -> None:
        """Slices of one step or of many. Whoever held a run before has been dead for a minute."""
        settings.SYNC_SLICE_SECONDS = seconds
        for name, how in acts:
            self.act(name, how)
        chance = Random(number)
        self.expire(chance)
        self.time_passes(chance)
        self.disturbed(chance, slices, place, dies, meanwhile)

    # --- what holds -------------------------------------------------------------------------------

    @invariant()
    def what_nobody_changed_elsewhere_is_equal(self) -> None:
        assert not self.differences()

    @invariant()
    def everybody_is_counted_once(self) -> None:
        for run in EditRun.objects.filter(account=self.account):
            # Nothing is written without raising the version.
            if self.counted.get(run.pk) != run.version:
                self.counted[run.pk] = run.version
                assert_counted(run)


def assert_counted(run: EditRun) -> None:
    settled = run.done + run.skipped + run.failed
    assert settled == run.selected if run.status == "succeeded" else settled <= run.selected
    chunks = EditChunk.objects.filter(step__run=run)
    counted = dict(chunks.order_by().values_list("outcome").annotate(Sum("count")))
    for outcome in EditChunk.Outcome:
        assert counted.get(outcome, 0) == getattr(run, outcome)
    for step in run.steps.all():
        ids = [row for chunk in step.chunks.all() for row in unpack(chunk.rows)]
        assert len(ids) == len(set(ids))
        assert set(ids) <= set(unpack(step.targets))


def test_any_interleaving_ends_equal(queue, db, monkeypatch, settings):
    make_small(monkeypatch, settings)
    run_state_machine_as_test(Changes, settings=profile(examples=8, steps=25))
