"""Queries for the steps of changes without their bitmaps, for pages and permissions."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef
from pyroaring import BitMap64

from ..models import EditRun, EditStep, EditValue
from ..rows.bitmaps import unpack


def load_steps(run: EditRun) -> list[EditStep]:
    """The steps without their bitmaps, cached on the run."""
    steps: list[EditStep] | None = getattr(run, "loaded_steps", None)
    if steps is None:
        steps = list(steps_without_bitmaps([run]))
        run.loaded_steps = steps  # type: ignore[attr-defined]
    return steps


def steps_without_bitmaps(runs: Iterable[EditRun]) -> Any:
    """`varied`: the step has a text for each follower, as imports and undos do."""
    steps = EditStep.objects.filter(run__in=list(runs)).select_related("tag")
    texts = EditValue.objects.filter(step=OuterRef("pk")).exclude(after="")
    return steps.annotate(varied=Exists(texts)).defer("targets", "sending").order_by("position")


def count_people(run: EditRun) -> int:
    """The followers of all steps, each once; of tags that the run creates or deletes, none."""
    targets = run.steps.values_list("targets", flat=True)
    return len(BitMap64().union(*map(unpack, targets)))


def attach_steps(runs: Iterable[Any]) -> list[Any]:
    """Cache the steps of all runs in one query; returns the runs."""
    rows = list(runs)
    found: dict[int, list[EditStep]] = {run.pk: [] for run in rows}
    for step in steps_without_bitmaps(rows):
        found[step.run_id].append(step)
    for run in rows:
        run.loaded_steps = found[run.pk]
    return rows
