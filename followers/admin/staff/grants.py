"""Which permissions users may grant and revoke: only those that they have themselves.

Django does not restrict this: a user who may change users can make themselves a superuser
(https://docs.djangoproject.com/en/5.2/topics/auth/default/#creating-superusers, "User and Group
objects can be changed"). This covers permissions, groups with permissions, and membership of
accounts; superusers have all.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

from followers.accounts.access import accounts_of
from followers.models import OfficialAccount


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


def visible_users(actor: Any) -> QuerySet[User]:
    """All users for superusers; for others, all but superusers."""
    return User.objects.all() if actor.is_superuser else User.objects.filter(is_superuser=False)


def manageable_users(actor: Any) -> QuerySet[User]:
    """Users with no permission and no account that the actor does not have.

    An actor who can set a password can sign in as that user.
    """
    users = visible_users(actor)
    if actor.is_superuser:
        return users
    beyond = _beyond(actor)
    own = accounts_of(actor)
    return (
        users.exclude(user_permissions__in=beyond)
        .exclude(groups__in=Group.objects.filter(permissions__in=beyond))
        .exclude(official_accounts__in=OfficialAccount.objects.exclude(pk__in=own.values("pk")))
    )


def manageable_groups(actor: Any) -> QuerySet[Group]:
    """Grantable groups of which every member is manageable."""
    groups = grantable_groups(actor)
    if actor.is_superuser:
        return groups
    above = User.objects.exclude(pk__in=manageable_users(actor).values("pk"))
    return groups.exclude(user__in=above)


def fixed_members(actor: Any, account: OfficialAccount) -> QuerySet[User]:
    """The members of an account that the actor may not remove."""
    return account.members.exclude(pk__in=manageable_users(actor).values("pk"))


def _beyond(actor: Any) -> QuerySet[Permission]:
    return Permission.objects.exclude(pk__in=grantable_permissions(actor).values("pk"))
