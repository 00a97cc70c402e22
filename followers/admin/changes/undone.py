"""Whether a change still stands or was taken back, and what an undo is about to do, in words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followers.changes.change import actions
from followers.changes.undo import UndoPreview, count_undoable
from followers.models import EditChunk, EditRun, Run
from followers.segments.texts import visible

from ..shared.formats import format_number
from .figures import counts_changes
from .words import edit_url

# More tags than that are not spelled out.
SPELLED = 5


@dataclass(frozen=True)
class Undone:
    """`latest` is the undo that was begun last; `number`: how much of the change is taken back.

    That are followers, or with `in_changes` the changes of a file.
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
        """The same with the number of the undo."""
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


def find_undone(runs: Iterable[EditRun]) -> dict[int, Undone]:
    """By run id; a change without an undo that did or does something is left out.

    An undo can be undone itself: then the change stands again. A query for each such level.
    """
    rows = list(runs)
    undos: dict[int, list[EditRun]] = defaultdict(list)
    level = [run.pk for run in rows]
    while level:
        found = list(EditRun.objects.filter(undo_of__in=level).order_by("pk"))
        for undo in found:
            undos[undo.undo_of_id or 0].append(undo)
        level = [undo.pk for undo in found]
    everybody = [*rows, *(undo for some in undos.values() for undo in some)]
    sizes = _sizes(everybody)
    states = {run.pk: _state(run, undos, sizes) for run in rows if run.pk in undos}
    return {pk: state for pk, state in states.items() if state.number or state.latest.is_active}


def undo_in_the_way(run: EditRun) -> EditRun | None:
    """The undo that leaves nothing to another one: it is under way, or took back everything.

    A tag that was kept for somebody who had it then may be left to be deleted.
    """
    active = run.undone_by.filter(status__in=Run.ACTIVE).order_by("-pk").first()
    if active:
        return active
    state = find_undone([run]).get(run.pk)
    return state.latest if state and state.whole and not count_undoable(run) else None


def _sizes(runs: list[EditRun]) -> dict[int, int]:
    """How many followers each run has changed; of one that concerns tags alone, how many tags."""
    of_tags = EditChunk.objects.filter(
        outcome=EditChunk.Outcome.DONE,
        step__run__in=[run.pk for run in runs],
        step__action__in=actions(for_tags=True),
    )
    counted = of_tags.values_list("step__run")
    tags = dict(counted.annotate(number=Count("pk")).order_by())
    return {run.pk: run.done - tags.get(run.pk, 0) or tags.get(run.pk, 0) for run in runs}


def _state(run: EditRun, undos: dict[int, list[EditRun]], sizes: dict[int, int]) -> Undone:
    number = _taken_back(run, undos, sizes)
    whole = number >= sizes[run.pk]
    return Undone(undos[run.pk][-1], number, whole, counts_changes(run))


def _taken_back(run: EditRun, undos: dict[int, list[EditRun]], sizes: dict[int, int]) -> int:
    return sum(
        max(sizes[undo.pk] - _taken_back(undo, undos, sizes), 0) for undo in undos.get(run.pk, ())
    )


def undone_label(state: Undone | None) -> SafeString | str:
    """A label that leads to the undo; "" for a change that stands."""
    if state is None:
        return ""
    return format_html(
        '<a class="wx-label wx-neutral" href="{}">{}</a>', edit_url(state.latest), state.words
    )


def attach_undone(runs: Iterable[Any]) -> list[Any]:
    """Each run with `undone`."""
    rows = list(runs)
    found = find_undone(rows)
    for run in rows:
        run.undone = found.get(run.pk)
    return rows


def undo_question(found: UndoPreview, *, in_changes: bool = False) -> str:
    """What a person confirms before an undo: for how many followers, and which tags go.

    in_changes: a file may ask for several changes of one follower, and these are counted.
    """
    lines = [_question(found.changes, in_changes)] if found.changes else [_("Undo this?")]
    if found.deleted_tags:
        text = ngettext(
            "The tag %(names)s is deleted in WeChat, unless followers still have it then.",
            "The tags %(names)s are deleted in WeChat, but for those that followers still have "
            "then.",
            len(found.deleted_tags),
        )
        lines.append(text % {"names": _quoted(found.deleted_tags)})
    if found.kept_tags:
        text = ngettext(
            "The tag %(names)s stays, because others use it.",
            "The tags %(names)s stay, because others use them.",
            len(found.kept_tags),
        )
        lines.append(text % {"names": _quoted(found.kept_tags)})
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


def _quoted(names: Sequence[str]) -> str:
    spelled = (_("“%(name)s”") % {"name": visible(name)} for name in names[:SPELLED])
    # Chinese puts another mark between names than between sentences.
    text, rest = pgettext("between names", ", ").join(spelled), len(names) - SPELLED
    return _("%(names)s and %(rest)s others") % {"names": text, "rest": rest} if rest > 0 else text
