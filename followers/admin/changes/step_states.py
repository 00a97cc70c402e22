"""The state of each step of a change, and the outcome of steps that concern a tag."""

from typing import Any

from django.utils.translation import gettext as _

from followers.changes.change import actions
from followers.changes.created_tags import EXISTED
from followers.changes.reasons import skip_reason_text
from followers.changes.step_queries import load_steps
from followers.models import EditChunk, EditRun, EditStep

from .words import OUTCOMES


def step_states(run: EditRun) -> list[dict[str, Any]]:
    """Position and state in words of each step; the first unfinished one is in progress.

    For a step that concerns a tag: its outcome.
    """
    steps = load_steps(run)
    of_tags = [step.pk for step in steps if step.action in actions(for_tags=True)]
    came = _came_of_tags(of_tags) if of_tags else {}
    waiting = _("not begun") if run.is_active else _("not reached")
    present = _("In progress") if run.status == EditRun.Status.RUNNING else waiting
    found = []
    for step in steps:
        done = step.status == EditStep.Status.DONE
        state = came.get(step.pk) or (_("Done") if done else present)
        found.append({"position": step.position, "state": state})
        present = present if done else waiting
    return found


def _came_of_tags(steps: list[int]) -> dict[int, str]:
    """Outcomes by step id, if the step's status does not say it already."""
    chunks = EditChunk.objects.filter(step__in=steps)
    said = {it.step_id: _came_of_tag(it) for it in chunks.order_by("number").defer("rows")}
    return {pk: text for pk, text in said.items() if text}


def _came_of_tag(chunk: EditChunk) -> str:
    if chunk.outcome == EditChunk.Outcome.SKIPPED:
        return _("Skipped: %(why)s") % {"why": skip_reason_text(chunk.reason)}
    if chunk.outcome == EditChunk.Outcome.FAILED:
        return str(OUTCOMES["failed"])
    return _("was there already") if chunk.reason == EXISTED else ""
