"""Who of the staff may give and take which rights: nobody more than they hold themselves.

Django leaves this to trust: whoever may change users may make themselves a superuser
(https://docs.djangoproject.com/en/5.2/topics/auth/default/#creating-superusers, "User and Group
objects can be changed"). Rights are permissions, the groups that carry them, and the accounts that
somebody belongs to; superusers hold all.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

from followers.accounts.access import accounts_of
from followers.models import OfficialAccount


def grantable_permissions(actor: Any) -> QuerySet[Permission]:
    """What the actor holds, directly or by a group, and so may give and take."""
    if actor.is_superuser:
        return Permission.objects.all()
    held = Permission.objects.filter(Q(user=actor) | Q(group__user=actor))
    # A subquery instead of DISTINCT: a form orders and joins what it is given.
    return Permission.objects.filter(pk__in=held.values("pk"))


def grantable_groups(actor: Any) -> QuerySet[Group]:
    """Groups that give nothing but what the actor holds; they see no others."""
    if actor.is_superuser:
        return Group.objects.all()
    return Group.objects.exclude(permissions__in=_beyond(actor))


def visible_users(actor: Any) -> QuerySet[User]:
    """Everybody but superusers, of whom only superusers know."""
    return User.objects.all() if actor.is_superuser else User.objects.filter(is_superuser=False)


def manageable_users(actor: Any) -> QuerySet[User]:
    """Those who hold nothing that the actor does not hold.

    Whoever may set somebody's password can log in as them, and has all that they have.
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
    """Grantable ones of which every member is manageable: another group is other people's right."""
    groups = grantable_groups(actor)
    if actor.is_superuser:
        return groups
    above = User.objects.exclude(pk__in=manageable_users(actor).values("pk"))
    return groups.exclude(user__in=above)


def fixed_members(actor: Any, account: OfficialAccount) -> QuerySet[User]:
    """The members of an account whom the actor cannot take out of it."""
    return account.members.exclude(pk__in=manageable_users(actor).values("pk"))


def _beyond(actor: Any) -> QuerySet[Permission]:
    return Permission.objects.exclude(pk__in=grantable_permissions(actor).values("pk"))
