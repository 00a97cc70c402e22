"""Outgoing changes in words."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followers.changes.change import Change, kind_of
from followers.changes.step_queries import load_steps
from followers.models import EditRun, EditStep
from followers.segments.texts import visible

from ..runs import words as run_words
from ..shared.disclosure import Disclosure
from ..shared.formats import format_number

LISTS: dict[str, Promise] = {
    "done": gettext_lazy("Done"),
    "skipped": gettext_lazy("Skipped"),
    "failed": gettext_lazy("Failed"),
}
# More steps than that are not spelled out.
SPELLED = 2


def step_title(step: EditStep, shown: Disclosure, own: str = "") -> str:
    """own: the text for the one follower who is spoken of, where each has another."""
    kind = kind_of(step.action)
    if not shown.names(step.action):
        return str(kind.label)
    if kind.subject != "text":
        name = step.name or (step.tag.name if step.tag else "")
        return kind.format_title(visible(name), visible(step.text))
    text = step.text or own
    # No text at all clears the remark or note of everybody.
    varied = not text and getattr(step, "varied", False)
    return str(kind.label) if varied else kind.format_title(visible(text))


def change_title(change: Change) -> str:
    """What is changed, with the tag's name or the text where there is one."""
    return change.kind.format_title(visible(change.tag.name if change.tag else change.text))


def run_title(run: EditRun, shown: Disclosure) -> str:
    """What a run does: its file, its steps, or the first ones and how many there are besides."""
    if run.import_fingerprint and not run.undo_of_id:
        return _import_title(run)
    titles = [step_title(step, shown) for step in load_steps(run)]
    text = _(", ").join(titles[:SPELLED])
    if len(titles) > SPELLED:
        facts = {"first": text, "rest": len(titles) - SPELLED}
        text = _("%(first)s and %(rest)s more") % facts
    return as_undo(run, text)


def as_undo(run: EditRun, title: str) -> str:
    """The title of what a run does; of an undo, that it is one and of what."""
    if not run.undo_of_id:
        return title
    return _("Undo #%(number)s: %(what)s") % {"number": run.undo_of_id, "what": title}


def _import_title(run: EditRun) -> str:
    """The selection is the word for a file, in the language of whoever began it, and its name."""
    facts = {"name": run.selection.partition(" ")[2], "number": format_number(run.selected)}
    return (
        ngettext(
            "Import of %(name)s: %(number)s change",
            "Import of %(name)s: %(number)s changes",
            run.selected,
        )
        % facts
    )


def behind(run: EditRun) -> str:
    """Which change of the account comes first; "" where none does, or the run has begun."""
    if run.status != EditRun.Status.QUEUED:
        return ""
    moving = EditRun.objects.filter(
        account=run.account_id, pk__lt=run.pk, status__in=(run.Status.QUEUED, run.Status.RUNNING)
    )
    last = moving.order_by("-pk").values_list("pk", flat=True).first()
    return _("begins when change #%(number)s is done") % {"number": last} if last else ""


def edit_url(run: EditRun) -> str:
    return reverse("admin:followers_editrun_change", args=[run.pk])


def progress_url(run: EditRun) -> str:
    return reverse("admin:followers_editrun_progress", args=[run.pk])


def live_state(run: EditRun) -> SafeString:
    """The label, with a bar that moves by itself while the run is active."""
    label = run_words.status_label(run)
    if not run.is_active:
        return label
    return format_html(
        '<div class="wx-live" data-progress-url="{}">{}{}<span class="wx-sub" '
        'data-progress="summary"></span></div>',
        progress_url(run),
        label,
        run_words.BAR,
    )


def card(run: EditRun, shown: Disclosure) -> dict[str, Any]:
    """For the live bar of other pages (admin/shared/bar.html)."""
    return {
        "run": run,
        "label": run_words.status_label(run),
        "title": run_title(run, shown),
        "url": edit_url(run),
        "active": run.is_active,
        "progress_url": progress_url(run),
    }
