"""The ready roles, and what each of them may do: one table, for people and for the database.

`keep_roles` makes the groups equal to the table after each `migrate`, so that a later release adds
a permission by a line here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import Role

ADMINISTRATOR, MARKETER, VIEWER = "administrator", "marketer", "viewer"


@dataclass(frozen=True)
class RoleText:
    key: str
    label: Promise
    sentence: Promise


ROLES = (
    RoleText(
        ADMINISTRATOR,
        _("Administrator"),
        _("Everything in their accounts: also exports, account settings, alerts and members."),
    ),
    RoleText(
        MARKETER,
        _("Marketer"),
        _("Syncs, tags, remarks, imports, segments and channels. No exports, no AppSecrets."),
    ),
    RoleText(VIEWER, _("Viewer"), _("Looks at everything in their accounts and changes nothing.")),
)
LABELS = {role.key: role.label for role in ROLES}

EVERYBODY = (ADMINISTRATOR, MARKETER, VIEWER)
MARKETING = (ADMINISTRATOR, MARKETER)
ADMINISTRATORS = (ADMINISTRATOR,)
# Superusers alone.
NO_ROLE: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deed:
    """What somebody may do. permissions: codenames, of this app unless they name another."""

    words: Promise
    permissions: tuple[str, ...]
    roles: tuple[str, ...]


DEEDS: tuple[tuple[Promise, tuple[Deed, ...]], ...] = (
    (
        _("Official Accounts"),
        (
            Deed(_("See the accounts and their figures"), ("view_officialaccount",), EVERYBODY),
            Deed(_("Sync followers, set their schedule"), ("sync_officialaccount",), MARKETING),
            Deed(_("Write notes on days"), ("note_officialaccount",), MARKETING),
            Deed(
                _("Change name and AppSecret"),
                ("change_officialaccount",),
                ADMINISTRATORS,
            ),
            Deed(
                _("Add and delete accounts"),
                ("add_officialaccount", "delete_officialaccount"),
                NO_ROLE,
            ),
        ),
    ),
    (
        _("Followers"),
        (
            Deed(_("See followers, segments and growth"), ("view_follower",), EVERYBODY),
            Deed(_("Add and remove tags"), ("tag_followers",), MARKETING),
            Deed(_("Change remarks"), ("remark_followers",), MARKETING),
            Deed(_("Write internal notes"), ("note_followers",), MARKETING),
            Deed(_("Block and unblock"), ("block_followers",), MARKETING),
            Deed(_("Import files"), ("import_followers",), MARKETING),
            Deed(_("Export followers"), ("export_follower",), ADMINISTRATORS),
        ),
    ),
    (
        _("Segments"),
        (
            Deed(
                _("Save, change and share their own"),
                ("add_segment", "change_segment", "delete_segment"),
                MARKETING,
            ),
            Deed(_("Change what others share"), ("manage_segments",), ADMINISTRATORS),
        ),
    ),
    (
        _("Tags"),
        (
            Deed(_("See tags"), ("view_tag",), EVERYBODY),
            Deed(_("Create, rename and delete tags"), ("manage_tags",), MARKETING),
        ),
    ),
    (
        _("Channels"),
        (
            Deed(_("See channels"), ("view_channel",), EVERYBODY),
            Deed(
                _("Name, import and delete channels"),
                ("add_channel", "change_channel", "delete_channel"),
                MARKETING,
            ),
        ),
    ),
    (
        _("History"),
        (
            Deed(_("See sync runs"), ("view_syncrun",), EVERYBODY),
            Deed(_("See changes"), ("view_editrun",), EVERYBODY),
            Deed(_("Undo changes"), ("undo_edits",), MARKETING),
            Deed(_("See who exported what"), ("view_exportlog",), ADMINISTRATORS),
            Deed(_("See who did what, from where"), ("view_auditentry",), ADMINISTRATORS),
        ),
    ),
    (
        _("Alerts"),
        (
            Deed(
                _("Say who is told of what, and where"),
                tuple(f"{do}_alerttarget" for do in ("view", "add", "change", "delete")),
                ADMINISTRATORS,
            ),
        ),
    ),
    (
        _("Members"),
        (
            Deed(
                _("Invite, change and deactivate members of their accounts"),
                tuple(f"auth.{do}_user" for do in ("view", "add", "change", "delete")),
                ADMINISTRATORS,
            ),
            Deed(
                _("Give single permissions and make groups"),
                tuple(f"auth.{do}_group" for do in ("view", "add", "change", "delete")),
                NO_ROLE,
            ),
        ),
    ),
)


def permissions_of(key: str) -> set[tuple[str, str]]:
    """(app, codename) of all that the role may do."""
    names = (
        name
        for _page, deeds in DEEDS
        for deed in deeds
        if key in deed.roles
        for name in deed.permissions
    )
    return {qualified(name) for name in names}


def qualified(name: str) -> tuple[str, str]:
    """(app, codename) of a permission as DEEDS names it."""
    app, _dot, codename = name.rpartition(".")
    return app or "followers", codename


def keep_roles(using: str, apps: Any = None, **_signal: Any) -> None:
    """Create the roles, and make their groups hold what the table says.

    Called after `migrate`; does nothing where its own table does not exist at that state.
    """
    if apps is not None and "role" not in apps.all_models["followers"]:
        return
    for role in ROLES:
        found = Role.objects.using(using).select_related("group").filter(key=role.key).first()
        if found is None:
            group = Group.objects.using(using).create(name=_free_name(using, role.key))
            found = Role.objects.using(using).create(key=role.key, group=group)
        wanted = _stored(using, permissions_of(role.key))
        if set(found.group.permissions.values_list("pk", flat=True)) != wanted:
            found.group.permissions.set(wanted)


def _free_name(using: str, key: str) -> str:
    """A group of this name would have its members get the role."""
    name = f"role:{key}"
    while Group.objects.using(using).filter(name=name).exists():
        name += "+"
    return name


def _stored(using: str, names: Iterable[tuple[str, str]]) -> set[int]:
    named = Q(pk=None)
    for app, codename in names:
        named |= Q(content_type__app_label=app, codename=codename)
    return set(Permission.objects.using(using).filter(named).values_list("pk", flat=True))


def role_of(user: User) -> str:
    """The key of the user's role, "" without one; from prefetched groups where they are."""
    keys = [group.role.key for group in user.groups.all() if hasattr(group, "role")]
    return next((role.key for role in ROLES if role.key in keys), "")


def give_role(user: User, key: str) -> None:
    """The user has this one role, "" for none; other groups stay."""
    user.groups.remove(*Group.objects.filter(role__isnull=False).exclude(role__key=key))
    if key:
        user.groups.add(Group.objects.get(role__key=key))


def administrators_for(user: User) -> list[tuple[str, str]]:
    """(name, e-mail) of the administrators of the user's accounts, at most three."""
    found = User.objects.filter(
        is_active=True,
        is_superuser=False,
        groups__role__key=ADMINISTRATOR,
        official_accounts__members=user,
    ).exclude(pk=user.pk)
    people = found.distinct().order_by("username")[:3]
    return [(it.get_full_name() or it.get_username(), it.email) for it in people]
