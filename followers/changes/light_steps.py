"""The steps of changes without their bitmaps, for whoever asks what a change does."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef

from ..models import EditRun, EditStep, EditValue


def run_steps(run: EditRun) -> list[EditStep]:
    """The steps without their bitmaps; read once for each object."""
    steps: list[EditStep] | None = getattr(run, "shown_steps", None)
    if steps is None:
        steps = list(light_steps([run]))
        run.shown_steps = steps  # type: ignore[attr-defined]
    return steps


def light_steps(runs: Iterable[EditRun]) -> Any:
    """`varied`: followers get texts of their own, as an import and an undo give them."""
    steps = EditStep.objects.filter(run__in=list(runs)).select_related("tag")
    texts = EditValue.objects.filter(step=OuterRef("pk")).exclude(after="")
    return steps.annotate(varied=Exists(texts)).defer("targets", "sending").order_by("position")


def attach_steps(runs: Iterable[Any]) -> list[Any]:
    """Each run with its steps, in one query for all of them."""
    rows = list(runs)
    found: dict[int, list[EditStep]] = {run.pk: [] for run in rows}
    for step in light_steps(rows):
        found[step.run_id].append(step)
    for run in rows:
        run.shown_steps = found[run.pk]
    return rows
