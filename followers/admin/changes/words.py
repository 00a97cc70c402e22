"""Changes in words."""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from followers.changes.change import Action, Change, kind_of
from followers.changes.step_queries import load_steps
from followers.models import EditRun, EditStep
from followers.segments.texts import printable_text

from ..runs import words as run_words
from ..shared.disclosure import Disclosure
from ..shared.formats import format_number

OUTCOMES: dict[str, Promise] = {
    "done": gettext_lazy("Done"),
    "skipped": gettext_lazy("Skipped"),
    "failed": gettext_lazy("Failed"),
}
MAX_TITLES = 2
# More tags than that are not spelled out.
MAX_NAMES = 5
TAG_ACTIONS = {Action.CREATE_TAG, Action.TAG, Action.UNTAG}


def step_title(step: EditStep, shown: Disclosure, own: str = "") -> str:
    """own: the text of one follower, for a step that sets a different text for each."""
    kind = kind_of(step.action)
    if not shown.names(step.action):
        return str(kind.label)
    if kind.subject != "text":
        name = step.name or (step.tag.name if step.tag else "")
        return kind.format_title(printable_text(name), printable_text(step.text))
    text = step.text or own
    # Without any text, the step clears remarks or notes.
    varied = not text and getattr(step, "varied", False)
    return str(kind.label) if varied else kind.format_title(printable_text(text))


def change_title(change: Change) -> str:
    """The kind of change with the tag's name or the text."""
    return change.kind.format_title(printable_text(change.tag.name if change.tag else change.text))


def tags_title(added: Sequence[str], removed: Sequence[str]) -> str:
    """Which tags are added and which removed."""
    parts = []
    if added:
        text = ngettext("Add the tag %(names)s", "Add the tags %(names)s", len(added))
        parts.append(text % {"names": quoted_names(added)})
    if removed:
        text = ngettext("Remove the tag %(names)s", "Remove the tags %(names)s", len(removed))
        parts.append(text % {"names": quoted_names(removed)})
    return pgettext("between parts of a change", " · ").join(parts)


def quoted_names(names: Sequence[str]) -> str:
    spelled = (_("“%(name)s”") % {"name": printable_text(name)} for name in names[:MAX_NAMES])
    # Chinese puts another mark between names than between sentences.
    text, rest = pgettext("between names", ", ").join(spelled), len(names) - MAX_NAMES
    return _("%(names)s and %(rest)s others") % {"names": text, "rest": rest} if rest > 0 else text


def _is_of_tags(steps: Sequence[EditStep]) -> bool:
    """Whether they are what is chosen in one form: tags to add and to remove."""
    actions = [step.action for step in steps]
    return TAG_ACTIONS.issuperset(actions) and set(actions) != {Action.CREATE_TAG}


def _title_of_tags(steps: Sequence[EditStep]) -> str:
    names: dict[str, list[str]] = {action: [] for action in TAG_ACTIONS}
    for step in steps:
        names[step.action].append(step.tag.name if step.tag else step.name)
    return tags_title(names[Action.TAG], names[Action.UNTAG])


def run_title(run: EditRun, shown: Disclosure) -> str:
    """The file of an import, or the steps; of many steps the first ones and how many follow."""
    if run.import_fingerprint and not run.undo_of_id:
        return _import_title(run)
    steps = load_steps(run)
    if len(steps) > 1 and shown.tags and _is_of_tags(steps):
        return undo_title(run, _title_of_tags(steps))
    titles = [step_title(step, shown) for step in steps]
    text = _(", ").join(titles[:MAX_TITLES])
    if len(titles) > MAX_TITLES:
        facts = {"first": text, "rest": len(titles) - MAX_TITLES}
        text = _("%(first)s and %(rest)s more") % facts
    return undo_title(run, text)


def undo_title(run: EditRun, title: str) -> str:
    """The title, with a prefix if the run is an undo."""
    if not run.undo_of_id:
        return title
    return _("Undo #%(number)s: %(what)s") % {"number": run.undo_of_id, "what": title}


def _import_title(run: EditRun) -> str:
    """`selection` is the word for a file, in the language of its user, and the file's name."""
    facts = {"name": run.selection.partition(" ")[2], "number": format_number(run.selected)}
    return (
        ngettext(
            "Import of %(name)s: %(number)s change",
            "Import of %(name)s: %(number)s changes",
            run.selected,
        )
        % facts
    )


def waits_for(run: EditRun) -> str:
    """The change of the account that runs first; "" if there is none or the run has begun."""
    if run.status != EditRun.Status.QUEUED:
        return ""
    moving = EditRun.objects.filter(
        account=run.account_id, pk__lt=run.pk, status__in=(run.Status.QUEUED, run.Status.RUNNING)
    )
    last = moving.order_by("-pk").values_list("pk", flat=True).first()
    return _("begins when change #%(number)s is done") % {"number": last} if last else ""


def card(run: EditRun, shown: Disclosure) -> dict[str, Any]:
    """Context of admin/shared/bar.html."""
    return {**run_words.card(run), "title": run_title(run, shown)}
