"""Outgoing changes in words, and who may make which."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followers.changes.change import Change, actions, kind_of
from followers.models import EditRun, EditStep, EditValue
from followers.segments.texts import visible

from ..runs import words as run_words
from ..shared.disclosure import Disclosure
from ..shared.formats import format_number

UNDO = "followers.undo_edits"
IMPORT = "followers.import_followers"
LISTS: dict[str, Promise] = {
    "done": gettext_lazy("Done"),
    "skipped": gettext_lazy("Skipped"),
    "failed": gettext_lazy("Failed"),
}
# More steps than that are not spelled out.
SPELLED = 2


def may(request: HttpRequest, action: str) -> bool:
    """Whether the user may make this kind of change; unknown kinds nobody may."""
    return action in actions() and bool(request.user.has_perm(kind_of(action).permission))


def allowed(request: HttpRequest) -> list[str]:
    """Kinds of change that the user may make."""
    return [action for action in actions() if may(request, action)]


def may_undo(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(UNDO))


def may_undo_run(request: HttpRequest, run: EditRun) -> bool:
    """Whether the user may undo this very run, with which the tags go that it has created.

    An import creates tags without further ado; elsewhere that takes a permission, and so does this.
    """
    if not may_undo(request):
        return False
    creates = any(step.action == "create_tag" for step in run_steps(run))
    return bool(run.import_fingerprint) or not creates or may(request, "delete_tag")


def can_control(request: HttpRequest, run: EditRun) -> bool:
    """Whether the user may cancel the run or retry it at once: who began it, or may do the same."""
    return run.requested_by_id == request.user.pk or may_repeat(request, run)


def may_repeat(request: HttpRequest, run: EditRun) -> bool:
    """Whether the user may try again what failed.

    Whoever may import or undo may do so with such runs, whatever these change.
    """
    if run.import_fingerprint and request.user.has_perm(IMPORT):
        return True
    if run.undo_of and may_undo_run(request, run.undo_of):
        return True
    actions = {step.action for step in run_steps(run)}
    return bool(actions) and all(may(request, action) for action in actions)


def may_view(request: HttpRequest) -> bool:
    """Whoever may change something, or see the record of it."""
    seeing = ("followers.view_editrun", UNDO, IMPORT)
    return bool(allowed(request)) or any(request.user.has_perm(name) for name in seeing)


def run_steps(run: EditRun) -> list[EditStep]:
    """The steps without their bitmaps; read once for each object."""
    steps: list[EditStep] | None = getattr(run, "shown_steps", None)
    if steps is None:
        steps = list(light_steps([run]))
        run.shown_steps = steps  # type: ignore[attr-defined]
    return steps


def light_steps(runs: Iterable[EditRun]) -> Any:
    """`varied`: followers get texts of their own, as an import and an undo give them."""
    steps = EditStep.objects.filter(run__in=list(runs)).select_related("tag")
    texts = EditValue.objects.filter(step=OuterRef("pk")).exclude(after="")
    return steps.annotate(varied=Exists(texts)).defer("targets", "sending").order_by("position")


def attach_steps(runs: Iterable[Any]) -> list[Any]:
    """Each run with its steps, in one query for all of them."""
    rows = list(runs)
    found: dict[int, list[EditStep]] = {run.pk: [] for run in rows}
    for step in light_steps(rows):
        found[step.run_id].append(step)
    for run in rows:
        run.shown_steps = found[run.pk]
    return rows


def step_title(step: EditStep, shown: Disclosure, own: str = "") -> str:
    """own: the text for the one follower who is spoken of, where each has another."""
    kind = kind_of(step.action)
    if not shown.names(step.action):
        return str(kind.label)
    if kind.subject != "text":
        name = step.name or (step.tag.name if step.tag else "")
        return kind.titled(visible(name), visible(step.text))
    text = step.text or own
    # No text at all clears the remark or note of everybody.
    varied = not text and getattr(step, "varied", False)
    return str(kind.label) if varied else kind.titled(visible(text))


def change_title(change: Change) -> str:
    """What is changed, with the tag's name or the text where there is one."""
    return change.kind.titled(visible(change.tag.name if change.tag else change.text))


def run_title(run: EditRun, shown: Disclosure) -> str:
    """What a run does: its file, its steps, or the first ones and how many there are besides."""
    if run.import_fingerprint and not run.undo_of_id:
        return _import_title(run)
    titles = [step_title(step, shown) for step in run_steps(run)]
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
