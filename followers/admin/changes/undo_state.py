"""Whether a change was undone, and what an undo would do, in words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.changes.change import actions
from followers.changes.undo import UndoPreview, count_undoable
from followers.models import EditChunk, EditRun, Run

from ..shared.formats import format_number
from ..shared.urls import run_url
from .counts import counts_changes
from .words import quoted_names


@dataclass(frozen=True)
class UndoState:
    """latest: the newest undo. number: how many followers were undone, or, with `in_changes`, how
    many changes of a file.
    """

    latest: EditRun
    number: int
    whole: bool
    in_changes: bool = False

    @property
    def words(self) -> str:
        if self.latest.is_active:
            return _("Being undone")
        return _("Undone") if self.whole else _("Partly undone")

    @property
    def sentence(self) -> str:
        """`words` with the number of the undo."""
        number = f"#{self.latest.pk}"
        if self.latest.is_active:
            return _("Being undone by %(number)s") % {"number": number}
        if self.whole:
            return _("Undone by %(number)s") % {"number": number}
        if self.in_changes:
            text = ngettext(
                "Partly undone by %(number)s: %(count)s change",
                "Partly undone by %(number)s: %(count)s changes",
                self.number,
            )
        else:
            text = ngettext(
                "Partly undone by %(number)s: for %(count)s follower",
                "Partly undone by %(number)s: for %(count)s followers",
                self.number,
            )
        return text % {"number": number, "count": format_number(self.number)}


def undo_states(runs: Iterable[EditRun]) -> dict[int, UndoState]:
    """By run id, without changes that no undo affects.

    An undo can be undone: then the change is in force again. One query for each level.
    """
    rows = list(runs)
    undos: dict[int, list[EditRun]] = defaultdict(list)
    level = [run.pk for run in rows]
    while level:
        found = list(EditRun.objects.filter(undo_of__in=level).order_by("pk"))
        for undo in found:
            undos[undo.undo_of_id or 0].append(undo)
        level = [undo.pk for undo in found]
    if not undos:
        return {}
    everybody = [*rows, *(undo for some in undos.values() for undo in some)]
    sizes = _sizes(everybody)
    states = {run.pk: _state(run, undos, sizes) for run in rows if run.pk in undos}
    return {pk: state for pk, state in states.items() if state.number or state.latest.is_active}


def blocking_undo(run: EditRun) -> EditRun | None:
    """The undo that makes another one pointless: it is active, or it undid everything.

    A created tag that was kept because followers had it may still be left to delete.
    """
    active = run.undone_by.filter(status__in=Run.ACTIVE).order_by("-pk").first()
    if active:
        return active
    state = undo_states([run]).get(run.pk)
    return state.latest if state and state.whole and not count_undoable(run) else None


def _sizes(runs: list[EditRun]) -> dict[int, int]:
    """How many followers each run has changed; tags for a run that only concerns tags."""
    of_tags = EditChunk.objects.filter(
        outcome=EditChunk.Outcome.DONE,
        step__run__in=[run.pk for run in runs],
        step__action__in=actions(for_tags=True),
    )
    counted = of_tags.values_list("step__run")
    tags = dict(counted.annotate(number=Count("pk")).order_by())
    return {run.pk: run.done - tags.get(run.pk, 0) or tags.get(run.pk, 0) for run in runs}


def _state(run: EditRun, undos: dict[int, list[EditRun]], sizes: dict[int, int]) -> UndoState:
    number = _undone_count(run, undos, sizes)
    whole = number >= sizes[run.pk]
    return UndoState(undos[run.pk][-1], number, whole, counts_changes(run))


def _undone_count(run: EditRun, undos: dict[int, list[EditRun]], sizes: dict[int, int]) -> int:
    return sum(
        max(sizes[undo.pk] - _undone_count(undo, undos, sizes), 0) for undo in undos.get(run.pk, ())
    )


def undo_label(state: UndoState | None) -> SafeString | str:
    """A label that links to the undo; "" for a change that was not undone."""
    if state is None:
        return ""
    return format_html(
        '<a class="wx-label wx-neutral" href="{}">{}</a>', run_url(state.latest), state.words
    )


def attach_undo_states(runs: Iterable[Any]) -> list[Any]:
    """Set `undone` on each run."""
    rows = list(runs)
    found = undo_states(rows)
    for run in rows:
        run.undone = found.get(run.pk)
    return rows


def undo_question(found: UndoPreview, *, in_changes: bool = False) -> str:
    """The confirmation of an undo: for how many followers, and which tags are deleted.

    in_changes: the number counts changes of a file, several for one follower.
    """
    lines = [_question(found.changes, in_changes)] if found.changes else [_("Undo this?")]
    if found.deleted_tags:
        text = ngettext(
            "The tag %(names)s is deleted in WeChat, unless followers still have it then.",
            "The tags %(names)s are deleted in WeChat, but for those that followers still have "
            "then.",
            len(found.deleted_tags),
        )
        lines.append(text % {"names": quoted_names(found.deleted_tags)})
    if found.kept_tags:
        text = ngettext(
            "The tag %(names)s stays, because others use it.",
            "The tags %(names)s stay, because others use them.",
            len(found.kept_tags),
        )
        lines.append(text % {"names": quoted_names(found.kept_tags)})
    return " ".join(lines)


def _question(number: int, in_changes: bool) -> str:
    if in_changes:
        text = ngettext(
            "Undo %(number)s change? What somebody else has changed since stays as it is.",
            "Undo %(number)s changes? What somebody else has changed since stays as it is.",
            number,
        )
    else:
        text = ngettext(
            "Undo this for %(number)s follower? "
            "Whoever somebody else has changed since stays as they are.",
            "Undo this for %(number)s followers? "
            "Whoever somebody else has changed since stays as they are.",
            number,
        )
    return text % {"number": format_number(number)}
