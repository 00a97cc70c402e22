"""What is done to members, by pages and commands alike; `grants` says by whom.

Each function checks what its actor may do, whatever a form has offered, and raises
PermissionDenied. The actor is a user, or `access.OPERATOR` for commands.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..audit import Action
from ..models import AuditEntry, Invitation, StaffPreference, StaffSession
from . import grants, invitations, sessions
from .access import accounts_of
from .member_trail import MemberState, RightsState, record_deed
from .roles import give_role, role_of

# Goes with a member, and says nothing about what they did.
OWN_ROWS = (Invitation, StaffPreference, StaffSession)
# What was done to them by others.
DONE_TO = (AuditEntry, "member")


class HasRecordsError(Exception):
    """Somebody who has done something is deactivated, not deleted."""


@dataclass(frozen=True)
class Facts:
    """What a form or command says of a member; None leaves it as it is.

    accounts: keys of those accounts of the actor that the member shall belong to; others stay.
    """

    name: str | None = None
    email: str | None = None
    role: str | None = None
    accounts: Collection[int] | None = None
    is_active: bool | None = None


@transaction.atomic
def invite(actor: Any, username: str, facts: Facts) -> User:
    """A new member without a password, and an invitation whose link sets it."""
    _require(actor.has_perms(["auth.add_user"]))
    user = User(username=username, is_staff=True)
    user.set_unusable_password()
    _write_name(user, facts)
    user.save()
    inviter = actor if isinstance(actor, User) else None
    Invitation.objects.create(user=user, invited_by=inviter, created_at=timezone.now())
    _give(actor, user, facts)
    state = MemberState.of(user)
    given = {"role": state.role, "accounts": state.account_names()}
    record_deed(Action.MEMBER_INVITED, actor, user, given)
    return user


@transaction.atomic
def change(actor: Any, user: User, facts: Facts) -> bool:
    """Change what the facts name; gives whether that ended a link that worked.

    From members whom others manage as well the actor may take accounts, and nothing else.
    """
    _require(actor.has_perms(["auth.change_user"]))
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not _is_in(user, grants.manageable_members(actor)):
        _require(_is_in(user, grants.removable_members(actor)))
        _require(_own(actor, user).issuperset(facts.accounts or _own(actor, user)))
        _require(_only_accounts(facts))
    if facts.is_active is False:
        _require(user.pk != getattr(actor, "pk", None))
    before = MemberState.of(user)
    _write_name(user, facts)
    if facts.is_active is not None:
        user.is_active = facts.is_active
        # Nobody signs in without both.
        user.is_staff = facts.is_active or user.is_staff
    # Its token is of the address, too: the link may have been mailed to somebody else.
    ends_link = user.email != before.email and invitations.is_open(invitations.invitation_of(user))
    user.save()
    if facts.is_active is False:
        sessions.end(user)
        invitations.expire(user)
    _give(actor, user, facts)
    before.record_changes(actor, user)
    return ends_link


def _only_accounts(facts: Facts) -> bool:
    return facts == Facts(accounts=facts.accounts)


@transaction.atomic
def set_rights(
    actor: Any,
    user: User,
    *,
    is_superuser: bool,
    groups: Iterable[Group],
    permissions: Iterable[Permission],
) -> None:
    """Single permissions, groups beside the role, and whether the user is a superuser."""
    _require(actor.is_superuser)
    _require(is_superuser or user.pk != actor.pk)
    before = RightsState.of(user)
    user.is_superuser = is_superuser
    user.save(update_fields=["is_superuser"])
    user.groups.set([*user.groups.filter(role__isnull=False), *groups])
    user.user_permissions.set(permissions)
    before.record_changes(actor, user)


@transaction.atomic
def renew_invitation(actor: Any, user: User) -> User:
    """A new link for a new password; those before it are dead."""
    _require_managed(actor, user)
    inviter = actor if isinstance(actor, User) else None
    values = {"created_at": timezone.now(), "used_at": None}
    Invitation.objects.update_or_create(
        user=user, defaults=values, create_defaults={**values, "invited_by": inviter}
    )
    record_deed(Action.INVITATION_RENEWED, actor, user)
    return User.objects.select_related("invitation").get(pk=user.pk)


@transaction.atomic
def sign_out_everywhere(actor: Any, user: User) -> int:
    """End all sessions of the member; gives how many there were."""
    _require_managed(actor, user)
    if number := sessions.end(user):
        record_deed(Action.SESSIONS_ENDED, actor, user, {"sessions": number})
    return number


@transaction.atomic
def delete(actor: Any, user: User) -> None:
    """Delete somebody who has done nothing yet. Raises HasRecordsError for others."""
    _require(actor.has_perms(["auth.delete_user"]) and user.pk != getattr(actor, "pk", None))
    _require(_is_in(user, grants.manageable_members(actor)))
    if has_records(user):
        raise HasRecordsError
    record_deed(Action.MEMBER_DELETED, actor, user)
    user.delete()


def has_records(user: User) -> bool:
    """Whether anything names the member: runs, exports, notes, segments, lines of the log."""
    relations: list[Any] = [
        it for it in User._meta.get_fields(include_hidden=True) if it.auto_created
    ]
    return any(
        it.related_model._base_manager.filter(**{it.field.name: user}).exists()
        for it in relations
        if (it.one_to_many or it.one_to_one)
        and not it.related_model._meta.auto_created
        and it.related_model not in OWN_ROWS
        and (it.related_model, it.field.name) != DONE_TO
    )


def set_name(user: User, name: str) -> None:
    """In one line, as it stands in mails and lists; does not save."""
    name = " ".join(name.split())
    if name != user.get_full_name():
        user.first_name, user.last_name = name, ""


def _write_name(user: User, facts: Facts) -> None:
    if facts.name is not None:
        set_name(user, facts.name)
    if facts.email is not None:
        user.email = facts.email


def _give(actor: Any, user: User, facts: Facts) -> None:
    if facts.role is not None and facts.role != role_of(user):
        _require(user.pk != getattr(actor, "pk", None) or actor.is_superuser)
        _require(not facts.role or facts.role in grants.grantable_roles(actor))
        give_role(user, facts.role)
    if facts.accounts is not None:
        own = set(accounts_of(actor).values_list("pk", flat=True))
        _require(own.issuperset(facts.accounts))
        user.official_accounts.remove(*own.difference(facts.accounts))
        user.official_accounts.add(*facts.accounts)


def _own(actor: Any, user: User) -> set[int]:
    """The accounts of both."""
    return set(accounts_of(actor).filter(members=user).values_list("pk", flat=True))


def _is_in(user: User, users: QuerySet[User]) -> bool:
    return users.filter(pk=user.pk).exists()


def _require_managed(actor: Any, user: User) -> None:
    _require(actor.has_perms(["auth.change_user"]))
    _require(_is_in(user, grants.manageable_members(actor)))


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied
