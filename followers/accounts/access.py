"""Permission checks for an account, used by pages, views, commands and templates.

A permission is named by its codename in this app, such as "sync_officialaccount"; `ALTERNATIVES`
adds names that stand for one or more of several permissions. The user must also be a member of the
account; superusers are members of all accounts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet

from ..models import EditRun, OfficialAccount, Segment
from ..rows.clock import db_now_column

M = TypeVar("M", bound=Model)


class _Operator:
    """The user of a management command, who has access to the database anyway."""

    is_superuser = True

    def has_perms(self, names: Iterable[str]) -> bool:
        return True


OPERATOR = _Operator()

# The user needs all permissions of any one row.
ALTERNATIVES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "view_officialaccount": (
        ("view_officialaccount",),
        ("change_officialaccount",),
        ("sync_officialaccount",),
    ),
    # Figures name nobody: who may see the accounts or their followers may see them.
    "view_growth": (
        ("view_follower",),
        ("view_officialaccount",),
        ("change_officialaccount",),
        ("sync_officialaccount",),
    ),
    "test_connection": (("sync_officialaccount",), ("change_officialaccount",)),
    "view_channel": (("view_channel",), ("change_channel",)),
    "view_alerttarget": (("view_alerttarget",), ("change_alerttarget",)),
    "import_channels": (("add_channel", "change_channel"),),
    # Users who may see followers may see their tags.
    "view_tag": (("view_tag",), ("view_follower",)),
    # A segment is a filter of the follower list.
    "view_segment": (("view_follower",),),
    "add_segment": (("add_segment", "view_follower"),),
    "change_segment": (("change_segment", "view_follower"),),
    "delete_segment": (("delete_segment", "view_follower"),),
    "view_syncrun": (("view_syncrun",), ("sync_officialaccount",)),
    # Users who may make changes may see the history of changes.
    "view_editrun": (
        ("view_editrun",),
        *((name,) for name, _title in EditRun._meta.permissions),
    ),
    "change_followers": tuple(
        (name,)
        for name, _title in EditRun._meta.permissions
        if name not in ("undo_edits", "import_followers")
    ),
    # The preview shows which followers are stored, and their values.
    "import_file": (("import_followers", "view_follower"),),
    # The followers of a change are exported, as in any other export.
    "export_change": (("export_follower", "view_follower"),),
    # Remove the tag from all followers, then delete it.
    "clear_tag": (("manage_tags", "tag_followers"),),
    # Remove the tag from all followers with the action of the follower list.
    "untag_in_list": (("tag_followers", "view_follower"),),
}


@cache
def known_perms() -> frozenset[str]:
    """All names that `has_perm` accepts."""
    metas = [model._meta for model in apps.get_app_config("followers").get_models()]
    default = {
        get_permission_codename(action, meta)
        for meta in metas
        for action in meta.default_permissions
    }
    custom = {name for meta in metas for name, _title in meta.permissions}
    return frozenset({*ALTERNATIVES, *default, *custom})


def has_perm(user: Any, perm: str, account: OfficialAccount | int | None = None) -> bool:
    """Whether the user has the permission for the account; None: for any of their accounts.

    Raises LookupError for an unknown permission.
    """
    if perm not in known_perms():
        raise LookupError(f"there is no permission {perm!r}")
    rows = ALTERNATIVES.get(perm, ((perm,),))
    granted = any(user.has_perms([f"followers.{name}" for name in row]) for row in rows)
    key = account.pk if isinstance(account, OfficialAccount) else account
    return granted and (key is None or user.is_superuser or key in own_accounts(user))


def require_perm(user: Any, perm: str, account: OfficialAccount | int | None = None) -> None:
    """Raise PermissionDenied unless `has_perm`."""
    if not has_perm(user, perm, account):
        raise PermissionDenied


def accounts_of(user: Any) -> QuerySet[OfficialAccount]:
    """The accounts that the user is a member of."""
    accounts = OfficialAccount.objects.all()
    return accounts if user.is_superuser else accounts.filter(members=user)


def load_accounts(user: Any) -> list[OfficialAccount]:
    """These accounts with their schedules, cached on the user object like permissions.

    read_at: the database's time.
    """
    found: list[OfficialAccount] | None = getattr(user, "_accounts", None)
    if found is None:
        rows = accounts_of(user).select_related("schedule")
        found = list(rows.annotate(read_at=db_now_column()))
        user._accounts = found
        user._own_accounts = {account.pk: account.name for account in found}
    return found


def accounts_read_at(user: Any) -> datetime | None:
    """When `load_accounts` read them; None if it has not, or there are none."""
    return next((it.read_at for it in getattr(user, "_accounts", ())), None)


def own_accounts(user: Any) -> dict[int, str]:
    """Names of these accounts by primary key, cached likewise."""
    found: dict[int, str] | None = getattr(user, "_own_accounts", None)
    if found is None:
        found = dict(accounts_of(user).values_list("pk", "name"))
        user._own_accounts = found
    return found


def visible_to_user(rows: QuerySet[M], user: Any) -> QuerySet[M]:
    """The rows of `accounts_of(user)`: the accounts themselves, or rows with an account."""
    if user.is_superuser:
        return rows
    field = "pk" if rows.model is OfficialAccount else "account"
    # Keys, which every page has read already, lead planners better than a subquery does.
    return rows.filter(**{f"{field}__in": list(own_accounts(user))})


def visible_segments(user: Any) -> QuerySet[Segment]:
    """Their own segments, and those that are shared, of their accounts.

    Private ones whose owner was deleted fall to those who manage segments.
    """
    rows = visible_to_user(Segment.objects.all(), user)
    if user.is_superuser:
        return rows
    left_behind = Q(owner=None) if has_perm(user, "manage_segments") else Q()
    return rows.filter(Q(shared=True) | Q(owner=user) | left_behind)


def may_edit_segment(user: Any, action: str, segment: Segment) -> bool:
    """Whether the user may "change" (rename, replace, share) or "delete" a segment they see."""
    own = segment.owner_id == user.pk or has_perm(user, "manage_segments", segment.account_id)
    return own and has_perm(user, f"{action}_segment", segment.account_id)


class Rights:
    """`has_perm` for templates: {% if rights.sync_officialaccount %}."""

    def __init__(self, user: Any, account: OfficialAccount | int | None = None) -> None:
        self.user, self.account = user, account

    def __getitem__(self, perm: str) -> bool:
        return has_perm(self.user, perm, self.account)
