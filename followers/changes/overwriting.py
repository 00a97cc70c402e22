"""How many existing remarks and notes a run replaces or removes."""

from dataclasses import dataclass

from django.db.models import F
from pyroaring import BitMap64

from ..models import EditRun, EditStep
from ..rows.bitmaps import unpack
from .change import Change, kind_of
from .eligibility import find_ineligible
from .follower_sets import FollowerSets
from .step_queries import load_steps


@dataclass(frozen=True)
class Overwriting:
    """Of one step. done: texts that it has replaced or removed. expected: those that it still will,
    by the present state; 0 once the run is over.
    """

    step: EditStep
    done: int
    expected: int

    @property
    def total(self) -> int:
        return self.done + self.expected


def overwritten_texts(run: EditRun) -> list[Overwriting]:
    """Of each step that sets texts and overwrites some. Not for lists: it counts rows."""
    texted = (step for step in load_steps(run) if kind_of(step.action).subject == "text")
    found = (Overwriting(step, _count_done(step), _count_expected(run, step)) for step in texted)
    return [each for each in found if each.total]


def _count_done(step: EditStep) -> int:
    written = step.values.filter(before__gt="").exclude(before=F("after"))
    return written.count()


def _count_expected(run: EditRun, step: EditStep) -> int:
    if not run.is_active or step.status == EditStep.Status.DONE:
        return 0
    remaining = unpack(step.targets)
    remaining.remove_range(0, step.place + 1)
    # Those of the next calls are chosen, but not changed.
    remaining |= BitMap64(row for batch in step.sending for row in batch)
    texted = remaining & FollowerSets(run.account_id, remaining).with_any_text(step.action)
    # Only what is not written yet has no text before.
    varied = not step.text and step.values.filter(before=None).exists()
    own_texts = step.pk if varied else None
    skipped = find_ineligible(run.account_id, Change.from_step(step), texted, step_id=own_texts)
    return len(texted) - sum(map(len, skipped.values()))
