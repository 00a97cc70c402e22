"""Lines of the activity log in words, the same on the page and in its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.models import AuditEntry, EditRun, SyncRun
from followers.segments.texts import printable_text

from .facts import SENTENCES, Reader

Action = AuditEntry.Action
RUNS: dict[str, tuple[type[SyncRun | EditRun], Promise]] = {
    "syncrun": (SyncRun, gettext_lazy("Sync run #%(number)s")),
    "editrun": (EditRun, gettext_lazy("Change #%(number)s")),
}


@dataclass(frozen=True)
class Line:
    """subject: to whom or what it was done, where that is not said elsewhere in the line.

    link: a run or an export, "" where there is none; about: the words of the link, and the rest.
    """

    who: str
    what: str
    subject: str
    accounts: str
    link: str
    link_text: str
    about: list[str]
    place: str

    @property
    def details(self) -> str:
        """All but the deed itself, for one cell of a file."""
        return " · ".join(filter(None, [self.link_text, *self.about]))


def line(entry: AuditEntry, reader: Reader) -> Line:
    accounts = reader.names(entry.account_names)
    told_elsewhere = {entry.actor_name, *accounts}
    address, text = _link(entry)
    return Line(
        who=_who(entry),
        what=str(Action(entry.action).label),
        subject="" if entry.subject in told_elsewhere else printable_text(entry.subject),
        accounts=_(", ").join(accounts),
        link=address,
        link_text=text,
        about=[*filter(None, _about(entry.details, reader))],
        place=_place(entry),
    )


def _who(entry: AuditEntry) -> str:
    if entry.actor_name:
        return printable_text(entry.actor_name)
    if entry.action == Action.SIGN_IN_FAILED:
        return _("A name that nobody has")
    return _("Nobody known")


def _place(entry: AuditEntry) -> str:
    if entry.by == AuditEntry.By.COMMAND:
        return str(entry.By.COMMAND.label)
    return entry.address or str(entry.By.PAGE.label)


def _link(entry: AuditEntry) -> tuple[str, str]:
    facts = entry.details
    if found := RUNS.get(facts.get("kind", "")):
        model, text = found
        address = reverse(f"admin:followers_{model._meta.model_name}_change", args=[facts["run"]])
        return address, text % {"number": facts["run"]}
    if "export" in facts:
        text_of_export = _("Export #%(number)s") % {"number": facts["export"]}
        # One of all accounts is shown to whoever made it, alone.
        if not entry.subject:
            return "", text_of_export
        return reverse("admin:followers_exportlog_change", args=[facts["export"]]), text_of_export
    return "", ""


def _about(facts: Mapping[str, Any], reader: Reader) -> list[str]:
    """Sentences for the facts of a line, in the order of SENTENCES."""
    return [write(facts[key], reader) for key, write in SENTENCES.items() if key in facts]
