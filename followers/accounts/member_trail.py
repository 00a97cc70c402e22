"""What the activity log says of a member: what is different after a deed than it was before."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from .. import audit
from ..audit import Action
from ..models import OfficialAccount
from .roles import role_of


@dataclass(frozen=True)
class MemberState:
    name: str
    email: str
    role: str
    is_active: bool
    accounts: tuple[OfficialAccount, ...]

    @classmethod
    def of(cls, user: User) -> "MemberState":
        accounts = tuple(user.official_accounts.order_by("pk"))
        return cls(user.get_full_name(), user.email, role_of(user), user.is_active, accounts)

    def account_names(self) -> dict[str, str]:
        return _names(self.accounts)

    def record_changes(self, actor: Any, user: User) -> None:
        """What is different now, in one line of the log; none where nothing is."""
        now = MemberState.of(user)
        changed = _pairs(
            {name: value for name, value in asdict(self).items() if name != "accounts"},
            {name: value for name, value in asdict(now).items() if name != "accounts"},
        )
        taken = [it for it in self.accounts if it not in now.accounts]
        given = [it for it in now.accounts if it not in self.accounts]
        # A member's role and name concern all of their accounts; these only those that they name.
        concerned = {it.pk: it for it in (*taken, *given, *(now.accounts if changed else ()))}
        if taken:
            changed["accounts_removed"] = _names(taken)
        if given:
            changed["accounts_added"] = _names(given)
        if changed:
            record_deed(Action.MEMBER_CHANGED, actor, user, changed, accounts=concerned.values())


@dataclass(frozen=True)
class RightsState:
    superuser: bool
    groups: tuple[str, ...]
    permissions: tuple[str, ...]

    @classmethod
    def of(cls, user: User) -> "RightsState":
        groups = user.groups.filter(role=None).order_by("name").values_list("name", flat=True)
        codenames = user.user_permissions.order_by("codename").values_list("codename", flat=True)
        return cls(user.is_superuser, tuple(groups), tuple(codenames))

    def record_changes(self, actor: Any, user: User) -> None:
        if changed := _pairs(asdict(self), asdict(RightsState.of(user))):
            record_deed(Action.RIGHTS_CHANGED, actor, user, changed)


def record_deed(
    action: Action,
    actor: Any,
    user: User,
    details: dict[str, Any] | None = None,
    *,
    accounts: Iterable[OfficialAccount] | None = None,
) -> None:
    """accounts: those that it concerns, where that is more than the member's own now."""
    concerned = user.official_accounts.all() if accounts is None else accounts
    audit.record(
        action,
        actor=actor,
        member=user,
        subject=audit.name_of(user),
        accounts=concerned,
        details=details,
    )


class PasswordTrail:
    """Among AUTH_PASSWORD_VALIDATORS, which Django tells of each password that is set."""

    def validate(self, password: str, user: Any = None) -> None:
        """Any password will do."""

    def get_help_text(self) -> str:
        return _("The activity log says that you have set a password, and never which.")

    def password_changed(self, password: str, user: Any = None) -> None:
        # Pages let nobody set that of somebody else; with a link, they are not signed in yet.
        actor = user if audit.is_on_page() else None
        record_deed(Action.PASSWORD_SET, actor, user)


def superuser_made(sender: Any, instance: User, created: bool, **_signal: Any) -> None:
    """As by `createsuperuser`."""
    if created and instance.is_superuser:
        record_deed(Action.RIGHTS_CHANGED, None, instance, {"superuser": [False, True]})


def _pairs(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: [old, after[name]] for name, old in before.items() if old != after[name]}


def _names(accounts: Iterable[OfficialAccount]) -> dict[str, str]:
    return {str(account.pk): account.name for account in accounts}
