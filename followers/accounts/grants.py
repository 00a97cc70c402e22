"""Who may see and change whom, and give what: only what they hold themselves.

Django does not restrict this: a user who may change users can make themselves a superuser
(https://docs.djangoproject.com/en/5.2/topics/auth/default/#creating-superusers, "User and Group
objects can be changed"). This covers permissions, roles and other groups, and membership of
accounts; superusers have all. Pages and commands ask here, and `members` enforces it.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

from ..models import OfficialAccount
from .access import accounts_of, own_accounts
from .roles import ROLES


def grantable_permissions(actor: Any) -> QuerySet[Permission]:
    """The actor's own permissions, direct or by a group."""
    if actor.is_superuser:
        return Permission.objects.all()
    held = Permission.objects.filter(Q(user=actor) | Q(group__user=actor))
    # A subquery instead of DISTINCT, because forms order and join the queryset.
    return Permission.objects.filter(pk__in=held.values("pk"))


def grantable_groups(actor: Any) -> QuerySet[Group]:
    """Groups with no permission that the actor does not have; the others are hidden."""
    if actor.is_superuser:
        return Group.objects.all()
    return Group.objects.exclude(permissions__in=_beyond(actor))


def grantable_roles(actor: Any) -> list[str]:
    """Keys of the roles that the actor may give, the strongest first."""
    keys = set(grantable_groups(actor).values_list("role__key", flat=True))
    return [role.key for role in ROLES if role.key in keys]


def visible_members(actor: Any) -> QuerySet[User]:
    """Everybody for superusers; for others who shares an account, and whom they have invited.

    Somebody invited belongs to those of the accounts as soon as there are any.
    """
    users = User.objects.all()
    if actor.is_superuser:
        return users
    shared = User.objects.filter(official_accounts__in=accounts_of(actor).values("pk"))
    invited = Q(official_accounts=None, invitation__invited_by=actor)
    own = User.objects.filter(invited).values("pk")
    known = Q(pk=actor.pk) | Q(pk__in=shared.values("pk")) | Q(pk__in=own)
    return users.filter(known, is_superuser=False)


def removable_members(actor: Any) -> QuerySet[User]:
    """Other members with no permission that the actor does not have.

    The actor may take their own accounts from them.
    """
    users = visible_members(actor)
    if actor.is_superuser:
        return users
    beyond = _beyond(actor)
    return (
        users.exclude(pk=actor.pk)
        .exclude(user_permissions__in=beyond)
        .exclude(groups__in=Group.objects.filter(permissions__in=beyond))
    )


def manageable_members(actor: Any) -> QuerySet[User]:
    """Of those, who is a member of no account that the actor is not.

    An actor who can make a link for a new password can sign in as that user.
    """
    users = removable_members(actor)
    if actor.is_superuser:
        return users
    elsewhere = OfficialAccount.objects.exclude(pk__in=list(own_accounts(actor)))
    return users.exclude(official_accounts__in=elsewhere)


def manageable_groups(actor: Any) -> QuerySet[Group]:
    """Grantable groups of which every member is manageable, without those of the roles."""
    groups = grantable_groups(actor).filter(role=None)
    if actor.is_superuser:
        return groups
    above = User.objects.exclude(pk__in=manageable_members(actor).values("pk"))
    return groups.exclude(user__in=above.exclude(pk=actor.pk))


def _beyond(actor: Any) -> QuerySet[Permission]:
    return Permission.objects.exclude(pk__in=grantable_permissions(actor).values("pk"))
