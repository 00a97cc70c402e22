"""Who may do what with which account: the one answer for pages, views, commands and templates.

What somebody may do is named as Django names a permission of this app, without the app:
"sync_officialaccount". `RIGHTS` has those that another permission gives as well and those that
take several. The account must be one that they belong to; superusers belong to all.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet

from ..models import EditRun, OfficialAccount

M = TypeVar("M", bound=Model)


class _Operator:
    """Whoever runs a command: the database is theirs anyway."""

    is_superuser = True

    def has_perms(self, names: Iterable[str]) -> bool:
        return True


OPERATOR = _Operator()

# Each row of permissions suffices; it has to be held whole.
RIGHTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "view_officialaccount": (
        ("view_officialaccount",),
        ("change_officialaccount",),
        ("sync_officialaccount",),
    ),
    "test_connection": (("sync_officialaccount",), ("change_officialaccount",)),
    "view_channel": (("view_channel",), ("change_channel",)),
    "import_channels": (("add_channel", "change_channel"),),
    # Whoever may see followers may see their tags.
    "view_tag": (("view_tag",), ("view_follower",)),
    "view_syncrun": (("view_syncrun",), ("sync_officialaccount",)),
    # Whoever may change something may see the record of it.
    "view_editrun": (
        ("view_editrun",),
        *((name,) for name, _title in EditRun._meta.permissions),
    ),
    "change_followers": tuple(
        (name,)
        for name, _title in EditRun._meta.permissions
        if name not in ("undo_edits", "import_followers")
    ),
    # What would change tells who is known, and what is known of them.
    "import_file": (("import_followers", "view_follower"),),
    # The lists of a change are followers as in any other export.
    "export_change": (("export_follower", "view_follower"),),
    # Take the tag off everybody and then delete it.
    "clear_tag": (("manage_tags", "tag_followers"),),
    # The same from the follower list, by an action on those whom the tag's filter shows.
    "untag_in_list": (("tag_followers", "view_follower"),),
}


@cache
def known() -> frozenset[str]:
    """Everything that can be asked about."""
    metas = [model._meta for model in apps.get_app_config("followers").get_models()]
    usual = {
        get_permission_codename(action, meta)
        for meta in metas
        for action in meta.default_permissions
    }
    own = {name for meta in metas for name, _title in meta.permissions}
    return frozenset({*RIGHTS, *usual, *own})


def may(user: Any, what: str, account: OfficialAccount | int | None = None) -> bool:
    """Whether `user` may do this with the account; None: with one of theirs.

    Raises LookupError for what nobody can be permitted.
    """
    if what not in known():
        raise LookupError(f"there is no permission {what!r}")
    rows = RIGHTS.get(what, ((what,),))
    held = any(user.has_perms([f"followers.{name}" for name in row]) for row in rows)
    key = account.pk if isinstance(account, OfficialAccount) else account
    return held and (key is None or user.is_superuser or key in own_accounts(user))


def require(user: Any, what: str, account: OfficialAccount | int | None = None) -> None:
    """Raises PermissionDenied where `may` says no."""
    if not may(user, what, account):
        raise PermissionDenied


def accounts_of(user: Any) -> QuerySet[OfficialAccount]:
    """The accounts that somebody belongs to."""
    accounts = OfficialAccount.objects.all()
    return accounts if user.is_superuser else accounts.filter(members=user)


def own_accounts(user: Any) -> dict[int, str]:
    """Keys and names of these accounts, read once for each user object, as permissions are."""
    found: dict[int, str] | None = getattr(user, "_own_accounts", None)
    if found is None:
        found = dict(accounts_of(user).values_list("pk", "name"))
        user._own_accounts = found
    return found


def visible(rows: QuerySet[M], user: Any) -> QuerySet[M]:
    """Those of the rows that are, or belong to, one of the user's accounts."""
    if user.is_superuser:
        return rows
    if rows.model is OfficialAccount:
        return rows.filter(members=user)
    return rows.filter(account__in=accounts_of(user))


class Rights:
    """`may` for templates: {% if rights.sync_officialaccount %}. account: as there."""

    def __init__(self, user: Any, account: OfficialAccount | int | None = None) -> None:
        self.user, self.account = user, account

    def __getitem__(self, what: str) -> bool:
        return may(self.user, what, self.account)
