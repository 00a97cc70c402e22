"""Who may make which change, try it again, cancel it and undo it."""

from typing import Any

from ..accounts.access import has_perm
from ..models import EditRun, OfficialAccount
from .change import actions, kind_of
from .light_steps import run_steps


def may_make(user: Any, action: str, account: OfficialAccount | int | None = None) -> bool:
    """Whether the user may make this kind of change; unknown kinds nobody may."""
    return action in actions() and has_perm(user, kind_of(action).permission, account)


def may_undo(user: Any, run: EditRun) -> bool:
    """With the run go the tags that it has created.

    An import creates tags without further ado; elsewhere that takes a permission, and so does this.
    """
    if not has_perm(user, "undo_edits", run.account_id):
        return False
    creates = any(step.action == "create_tag" for step in run_steps(run))
    return bool(run.import_fingerprint) or not creates or _may(user, "delete_tag", run)


def may_repeat(user: Any, run: EditRun) -> bool:
    """Whether the user may try again what failed.

    Whoever may import or undo may do so with such runs, whatever these change.
    """
    if run.import_fingerprint and has_perm(user, "import_followers", run.account_id):
        return True
    if run.undo_of and may_undo(user, run.undo_of):
        return True
    steps = run_steps(run)
    return bool(steps) and all(_may(user, step.action, run) for step in steps)


def may_control(user: Any, run: EditRun) -> bool:
    """Whether the user may cancel the run or retry it at once: who began it, or may do the same."""
    return run.requested_by_id == user.pk or may_repeat(user, run)


def _may(user: Any, action: str, run: EditRun) -> bool:
    return may_make(user, action, run.account_id)
