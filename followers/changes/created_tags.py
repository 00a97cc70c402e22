"""Tags that a change has created, and why an undo may have to keep them.

WeChat answers a create with 45157 if the name is taken. The existing tag is then used, and an undo
does not delete it: it may be somebody else's, or of a try whose answer was lost.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from ..models import EditChunk, EditStep, FollowerTag, Run, Tag
from .change import Action

# EditChunk.reason of a create that is done. Runs of earlier releases have neither.
CREATED, EXISTED = "created", "existed"


def created_tag_ids(steps: Iterable[EditStep]) -> set[int]:
    """The ids of the steps that have created a tag: not of those whose tag existed already."""
    keys = [step.pk for step in steps if step.action == Action.CREATE_TAG]
    done = EditChunk.objects.filter(step__in=keys, outcome=EditChunk.Outcome.DONE, reason=CREATED)
    return set(done.order_by().values_list("step", flat=True)) if keys else set()


def keep_reasons(steps: Iterable[EditStep]) -> dict[int, str]:
    """By step, why an undo keeps the created tag (skip_reason_texts), by what is stored here.

    "" if it does not. steps: of one run. Followers who were tagged by that run do not count: the
    undo removes the tag from them. One query, however many steps there are.
    """
    rows = list(steps)
    runs = {step.run_id for step in rows}
    tags = Tag.objects.filter(pk__in=[step.tag_id for step in rows if step.tag_id])
    others = FollowerTag.objects.filter(tag=OuterRef("pk")).exclude(edit__in=runs)
    found = tags.annotate(
        # Also if the tag has its first name again.
        is_renamed=Exists(_steps(Action.RENAME_TAG, chunks__outcome=EditChunk.Outcome.DONE)),
        is_used=Exists(others),
        is_awaited=Exists(
            _steps(Action.TAG, status=EditStep.Status.PENDING, run__status__in=Run.ACTIVE)
        ),
    )
    known = {tag.pk: tag for tag in found} if any(step.tag_id for step in rows) else {}
    return {step.pk: _keep_reason(step, known.get(step.tag_id or 0)) for step in rows}


def keep_reason(step: EditStep) -> str:
    return keep_reasons([step])[step.pk]


def _steps(action: str, **conditions: Any) -> QuerySet[EditStep]:
    return EditStep.objects.filter(tag=OuterRef("pk"), action=action, **conditions)


def _keep_reason(step: EditStep, tag: Any) -> str:
    """tag: annotated as in `keep_reasons`."""
    if tag is None:
        return "tag_gone"
    if tag.name != step.name or tag.is_renamed:
        return "tag_renamed"
    return "tag_in_use" if tag.is_used or tag.is_awaited else ""
