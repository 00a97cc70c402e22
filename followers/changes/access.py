"""Which user may make, retry, cancel and undo which change."""

from typing import Any

from ..accounts.access import has_perm
from ..models import EditRun, OfficialAccount
from .change import actions, kind_of
from .step_queries import load_steps


def may_make(user: Any, action: str, account: OfficialAccount | int | None = None) -> bool:
    """Whether the user may make this kind of change. False for unknown actions."""
    return action in actions() and has_perm(user, kind_of(action).permission, account)


def may_undo(user: Any, run: EditRun) -> bool:
    """Undoing a run deletes the tags that it has created.

    That takes the permission to delete tags, except for imports, which create tags without one.
    """
    if not has_perm(user, "undo_edits", run.account_id):
        return False
    creates = any(step.action == "create_tag" for step in load_steps(run))
    return bool(run.import_fingerprint) or not creates or _may_act(user, "delete_tag", run)


def may_retry_failed(user: Any, run: EditRun) -> bool:
    """Whether the user may retry what failed.

    The permission to import or to undo is enough for such runs, whatever they change.
    """
    if run.import_fingerprint and has_perm(user, "import_followers", run.account_id):
        return True
    if run.undo_of and may_undo(user, run.undo_of):
        return True
    steps = load_steps(run)
    return bool(steps) and all(_may_act(user, step.action, run) for step in steps)


def may_control(user: Any, run: EditRun) -> bool:
    """Whether the user may cancel or resume the run: its requester, or a user who may retry it."""
    return run.requested_by_id == user.pk or may_retry_failed(user, run)


def _may_act(user: Any, action: str, run: EditRun) -> bool:
    return may_make(user, action, run.account_id)
