"""Tags that a change has created: what may have become of them since.

WeChat answers a create with 45157 where the name is taken. The tag is then used as it is, and is
not ours to delete: somebody else's, or of a try whose answer was lost.
"""

from ..models import EditChunk, EditStep, FollowerTag, Run, Tag
from .change import Action

# EditChunk.reason of a create that is done. Runs of earlier releases say neither.
CREATED, EXISTED = "created", "existed"


def was_created(step: EditStep) -> bool:
    """Whether the step has made a tag that was not there before."""
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE, reason=CREATED)
    return step.action == Action.CREATE_TAG and done.exists()


def why_kept(step: EditStep) -> str:
    """Why the tag that a step has created stays (skip_words), as far as is known here; "" if not.

    The followers to whom the same run gave it do not count: an undo takes it off them before.
    """
    tag = step.tag
    if tag is None:
        return "tag_gone"
    if tag.name != step.name or _was_renamed(tag):
        return "tag_renamed"
    others = FollowerTag.objects.filter(tag=tag).exclude(edit=step.run_id)
    return "tag_in_use" if others.exists() or _is_about_to_be_given(tag) else ""


def _was_renamed(tag: Tag) -> bool:
    """Also where it has its first name again by now."""
    renaming = EditStep.objects.filter(tag=tag, action=Action.RENAME_TAG)
    return renaming.filter(chunks__outcome=EditChunk.Outcome.DONE).exists()


def _is_about_to_be_given(tag: Tag) -> bool:
    """By a change that waits, or is not begun."""
    giving = EditStep.objects.filter(tag=tag, action=Action.TAG, status=EditStep.Status.PENDING)
    return giving.filter(run__status__in=Run.ACTIVE).exists()
