"""Tags that a change has created, and why an undo may have to keep them.

WeChat answers a create with 45157 if the name is taken. The existing tag is then used, and an undo
does not delete it: it may be somebody else's, or of a try whose answer was lost.
"""

from ..models import EditChunk, EditStep, FollowerTag, Run, Tag
from .change import Action

# EditChunk.reason of a create that is done. Runs of earlier releases have neither.
CREATED, EXISTED = "created", "existed"


def has_created_tag(step: EditStep) -> bool:
    """False if the tag already existed."""
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE, reason=CREATED)
    return step.action == Action.CREATE_TAG and done.exists()


def keep_reason(step: EditStep) -> str:
    """Why an undo keeps the created tag (skip_reason_texts), by what is stored here; "" if not.

    Followers who were tagged by the same run do not count: the undo removes the tag from them.
    """
    tag = step.tag
    if tag is None:
        return "tag_gone"
    if tag.name != step.name or _was_renamed(tag):
        return "tag_renamed"
    others = FollowerTag.objects.filter(tag=tag).exclude(edit=step.run_id)
    return "tag_in_use" if others.exists() or _has_pending_tagging(tag) else ""


def _was_renamed(tag: Tag) -> bool:
    """Also true if the tag has its first name again."""
    renaming = EditStep.objects.filter(tag=tag, action=Action.RENAME_TAG)
    return renaming.filter(chunks__outcome=EditChunk.Outcome.DONE).exists()


def _has_pending_tagging(tag: Tag) -> bool:
    tagging = EditStep.objects.filter(tag=tag, action=Action.TAG, status=EditStep.Status.PENDING)
    return tagging.filter(run__status__in=Run.ACTIVE).exists()
