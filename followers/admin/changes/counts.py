"""The counts of a change, for the list and for its page."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.changes.change import Action
from followers.changes.overwriting import Overwriting, overwritten_texts
from followers.changes.step_queries import load_steps
from followers.models import EditRun

from ..shared.formats import format_number

# What a text step has replaced or removed, once nothing is left to do, and before.
OVERWRITTEN: dict[str, Promise] = {
    Action.REMARK: gettext_lazy("Existing remarks that were overwritten: %(number)s"),
    Action.NOTE: gettext_lazy("Existing internal notes that were overwritten: %(number)s"),
}
EXPECTED: dict[str, Promise] = {
    Action.REMARK: gettext_lazy(
        "Existing remarks that are overwritten: %(number)s, of which %(done)s so far"
    ),
    Action.NOTE: gettext_lazy(
        "Existing internal notes that are overwritten: %(number)s, of which %(done)s so far"
    ),
}


def counts_changes(run: EditRun) -> bool:
    """Whether a run counts changes, not followers: of several steps or a file, one follower has
    several.
    """
    if run.import_fingerprint or len(load_steps(run)) > 1:
        return True
    return run.undo_of is not None and counts_changes(run.undo_of)


def count_tiles(run: EditRun) -> list[dict[str, Any]]:
    """The first tile is always the sum of the others."""
    asked_for = gettext_lazy("Changes asked for")
    numbers = {
        "selected": asked_for if counts_changes(run) else gettext_lazy("Selected"),
        "done": gettext_lazy("Done"),
        "skipped": gettext_lazy("Skipped"),
        "failed": gettext_lazy("Failed"),
    }
    shown = [
        {"name": name, "label": label, "value": format_number(getattr(run, name))}
        for name, label in numbers.items()
    ]
    left = unreached_count(run)
    if run.is_active or left:
        label = gettext_lazy("To do") if run.is_active else gettext_lazy("Not reached")
        shown.append({"name": "unreached", "label": label, "value": format_number(left)})
    return shown


def people_and_steps(people: int, steps: int) -> str:
    """Why a change of several steps has larger numbers than it has followers; "" for one step."""
    if steps < 2:
        return ""
    text = _("%(people)s followers, %(steps)s steps: each step counts its followers anew.")
    return text % {"people": format_number(people), "steps": format_number(steps)}


def counts_line(run: EditRun) -> str:
    """The outcomes in one line: 31,000 done, 20 skipped, 1 failed."""
    parts = [
        text % {"number": format_number(count)}
        for count, text in (
            (run.done, _("%(number)s done")),
            (run.skipped, _("%(number)s skipped")),
            (run.failed, _("%(number)s failed")),
        )
        if count
    ]
    return _(", ").join(parts)


def unreached_count(run: EditRun) -> int:
    """Selected followers without an outcome yet."""
    return max(run.selected - run.done - run.skipped - run.failed, 0)


def overwritten_lines(run: EditRun) -> list[str]:
    """How many remarks and notes a run replaces or removes: of those done, a subset."""
    return [_overwritten_line(each) for each in overwritten_texts(run)]


def _overwritten_line(found: Overwriting) -> str:
    label = OVERWRITTEN[found.step.action]
    number = format_number(found.total)
    if not found.expected:
        return str(label) % {"number": number}
    facts = {"number": number, "done": format_number(found.done)}
    return str(EXPECTED[found.step.action]) % facts
