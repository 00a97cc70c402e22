"""The facts of a line of the activity log in words: a sentence, or a part of one, for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from followers.accounts.roles import LABELS
from followers.changes.change import kind_of
from followers.models import AlertTarget, SyncSchedule, SyncStage
from followers.schedules.words import rhythm
from followers.segments.days import parse_day
from followers.segments.relative_days import dates
from followers.segments.texts import printable_text

from ..changes.words import quoted_names
from ..shared.formats import format_number
from ..staff.permission_fields import USUAL

# Of files of figures, by the names that pages and `export_statistics` give them.
FIGURES: dict[str, Promise] = {
    "growth": gettext_lazy("Joined, left and total"),
    "day": gettext_lazy("Joined, left and total"),
    "sources": gettext_lazy("By source"),
    "source": gettext_lazy("By source"),
    "channels": gettext_lazy("By channel"),
    "channel": gettext_lazy("By channel"),
    "accounts": gettext_lazy("Accounts beside each other"),
    "compared": gettext_lazy("Compared"),
    "retention": gettext_lazy("Retention"),
    "channel-retention": gettext_lazy("Retention by channel"),
    "hours": gettext_lazy("When people come"),
    "overlap": gettext_lazy("Followers of two accounts"),
    "wechat": gettext_lazy("WeChat's own figures"),
}


@dataclass(frozen=True)
class Reader:
    """accounts: names of the reader's own by key; everything: a superuser, who may read all names.

    tags: whether names of tags may be told.
    """

    accounts: Mapping[int, str]
    everything: bool
    tags: bool

    def names(self, accounts: Mapping[str, str]) -> list[str]:
        """Those that the reader may know; what else there is, is nobody's business."""
        known = accounts.items()
        shown = (name for pk, name in known if self.everything or int(pk) in self.accounts)
        return [printable_text(name) for name in shown]


def _role(value: Any, reader: Reader) -> str:
    """A role that was given, or the one before and the one after."""
    names = [str(LABELS.get(key, "–")) for key in ([value] if isinstance(value, str) else value)]
    return _pair(_("Role"), names)


def _pair(title: str, values: Sequence[Any]) -> str:
    shown = " → ".join(printable_text(str(it)) if it else "–" for it in values)
    return _("%(title)s: %(value)s") % {"title": title, "value": shown}


def _name(value: Any, reader: Reader) -> str:
    return _pair(pgettext("person", "Name"), value)


def _renamed(value: Any, reader: Reader) -> str:
    return _pair(_("Name"), value)


def _email(value: Any, reader: Reader) -> str:
    return _pair(_("Email"), value)


def _active(value: Any, reader: Reader) -> str:
    return _("Activated again") if value[1] else _("Deactivated")


def _added(value: Any, reader: Reader) -> str:
    names = _(", ").join(reader.names(value))
    return _("Accounts given: %(names)s") % {"names": names} if names else ""


def _removed(value: Any, reader: Reader) -> str:
    names = _(", ").join(reader.names(value))
    return _("Accounts taken: %(names)s") % {"names": names} if names else ""


def _superuser(value: Any, reader: Reader) -> str:
    return _("Made a superuser") if value[1] else _("No superuser any more")


def _groups(value: Any, reader: Reader) -> str:
    return _difference(_("Groups"), *value)


def _permissions(value: Any, reader: Reader) -> str:
    return _difference(_("Permissions"), *([permission_name(it) for it in its] for its in value))


def _difference(title: str, before: Sequence[str], after: Sequence[str]) -> str:
    added = [f"+ {printable_text(it)}" for it in after if it not in before]
    removed = [f"− {printable_text(it)}" for it in before if it not in after]
    text = _(", ").join([*added, *removed])
    return _("%(title)s: %(value)s") % {"title": title, "value": text} if text else ""


@cache
def _permissions_by_codename() -> dict[str, tuple[str, str]]:
    """The name of the model in the plural, and that of the permission, both not yet translated."""
    found: dict[str, tuple[str, str]] = {}
    for model in (*apps.get_app_config("followers").get_models(), *_user_models()):
        meta = model._meta
        found |= {
            f"{action}_{meta.model_name}": (str(meta.label), action)
            for action in meta.default_permissions
        }
        found |= {codename: ("", name) for codename, name in meta.permissions}
    return found


def _user_models() -> list[Any]:
    return [apps.get_model("auth", name) for name in ("User", "Group")]


def permission_name(codename: str) -> str:
    """As forms show it, with the heading of its page; of one that is no more, the code."""
    label, name = _permissions_by_codename().get(codename, ("", ""))
    if not name:
        return codename
    if not label:
        return _(name)
    title = capfirst(str(apps.get_model(label)._meta.verbose_name_plural))
    return _("%(title)s: %(value)s") % {"title": title, "value": USUAL[name]}


def _sessions(value: Any, reader: Reader) -> str:
    text = ngettext("Signed out on %(count)s device", "Signed out on %(count)s devices", value)
    return text % {"count": value}


def _schedule(value: Any, reader: Reader) -> str:
    schedule = SyncSchedule(
        every=value["every"],
        time=time.fromisoformat(value["time"]) if value["time"] else None,
        weekday=value["weekday"],
        hours=value["hours"],
    )
    parts = [_("paused") if value["paused"] else rhythm(schedule)]
    if value["stages"]:
        parts.append(_stages(value["stages"], reader))
    if value["details_between"]:
        hours = "–".join(value["details_between"])
        parts.append(_("%(title)s: %(value)s") % {"title": _("Details"), "value": hours})
    text = _(", ").join(parts)
    return _("%(title)s: %(value)s") % {"title": _("Schedule"), "value": text}


def _wait(value: Any, reader: Reader) -> str:
    minutes = settings.AXES_COOLOFF_TIME.seconds // 60
    text = ngettext(
        "Too many: nobody could try again from there for %(minutes)s minute",
        "Too many: nobody could try again from there for %(minutes)s minutes",
        minutes,
    )
    return text % {"minutes": minutes}


def _replaced(value: Any, reader: Reader) -> str:
    return _("The address or the signing secret was replaced")


def _changes(value: Any, reader: Reader) -> str:
    return _(", ").join(str(kind_of(it).label) for it in value)


def _tags(value: Any, reader: Reader) -> str:
    return quoted_names(value) if value and reader.tags else ""


def _selected(value: Any, reader: Reader) -> str:
    text = ngettext("%(count)s follower", "%(count)s followers", value)
    return text % {"count": format_number(value)} if value else ""


def _figures(value: Any, reader: Reader) -> str:
    return str(FIGURES.get(value, value))


def _segment(value: Any, reader: Reader) -> str:
    return _("Segment “%(name)s”") % {"name": printable_text(value)}


def _days(value: Any, reader: Reader) -> str:
    first, last = (parse_day(it) for it in value or ("", ""))
    return dates(first, last) if first and last else ""


def _lines(value: Any, reader: Reader) -> str:
    text = ngettext("%(count)s line", "%(count)s lines", value)
    return text % {"count": format_number(value)}


def _old_password(value: Any, reader: Reader) -> str:
    return _("Wrong old password on the page for a new one")


def _stages(value: Any, reader: Reader) -> str:
    names = [str(SyncStage.Name(it).label) for it in value if it in SyncStage.Name]
    return _(", ").join(names)


def _settings(value: Any, reader: Reader) -> str:
    names = {it.name: str(it.verbose_name) for it in AlertTarget._meta.fields}
    text = _(", ").join(capfirst(names.get(it, it)) for it in value)
    return _("%(title)s: %(value)s") % {"title": _("Changed"), "value": text}


def _switched(value: Any, reader: Reader) -> str:
    return _("Switched on") if value else _("Switched off")


def _channels(value: Any, reader: Reader) -> str:
    return _("Names of channels")


def _log(value: Any, reader: Reader) -> str:
    return _("The activity log")


SENTENCES: dict[str, Callable[[Any, Reader], str]] = {
    "old_password": _old_password,
    "begins_wait": _wait,
    "is_active": _active,
    "superuser": _superuser,
    "name": _name,
    "renamed": _renamed,
    "email": _email,
    "role": _role,
    "accounts_added": _added,
    "accounts_removed": _removed,
    "groups": _groups,
    "permissions": _permissions,
    "sessions": _sessions,
    "schedule": _schedule,
    "stages": _stages,
    "switched_on": _switched,
    "address_replaced": _replaced,
    "settings": _settings,
    "actions": _changes,
    "tags": _tags,
    "selected": _selected,
    "figures": _figures,
    "segment": _segment,
    "days": _days,
    "channels": _channels,
    "lines": _lines,
    "log": _log,
}
