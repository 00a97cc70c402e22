"""The state of each step of a change, and the outcome of steps that concern a tag."""

from typing import Any

from django.utils.translation import gettext as _

from followers.changes.change import actions
from followers.changes.created_tags import EXISTED
from followers.changes.reasons import skip_reason_text
from followers.models import EditChunk, EditRun, EditStep

from .words import OUTCOMES


def step_states(run: EditRun) -> list[dict[str, Any]]:
    """Position and state in words of each step; the first unfinished one is in progress.

    For a step that concerns a tag: its outcome.
    """
    came = _came_of_tags(run)
    waiting = _("not begun") if run.is_active else _("not reached")
    present = _("In progress") if run.status == EditRun.Status.RUNNING else waiting
    found = []
    for pk, position, status in run.steps.values_list("pk", "position", "status"):
        done = status == EditStep.Status.DONE
        state = came.get(pk) or (_("Done") if done else present)
        found.append({"position": position, "state": state})
        present = present if done else waiting
    return found


def _came_of_tags(run: EditRun) -> dict[int, str]:
    """Outcomes by step id, if the step's status does not say it already."""
    chunks = EditChunk.objects.filter(step__run=run, step__action__in=actions(for_tags=True))
    said = {it.step_id: _came_of_tag(it) for it in chunks.order_by("number").defer("rows")}
    return {pk: text for pk, text in said.items() if text}


def _came_of_tag(chunk: EditChunk) -> str:
    if chunk.outcome == EditChunk.Outcome.SKIPPED:
        return _("Skipped: %(why)s") % {"why": skip_reason_text(chunk.reason)}
    if chunk.outcome == EditChunk.Outcome.FAILED:
        return str(OUTCOMES["failed"])
    return _("was there already") if chunk.reason == EXISTED else ""
