"""The content of an import's preview: samples, counts and notices."""

from typing import Any

from django.utils.translation import gettext as _

from followers.files.problems import Problem
from followers.files.report import Report
from followers.imports import notices
from followers.imports.beginning import effort
from followers.imports.comparing import Comparison, Sample
from followers.imports.reading import Table

from ..changes.start import calls_sentence
from ..shared.formats import format_number

SHOWN = 100
SHOWN_NAMES = 20


def preview_context(
    report: Report, table: Table, found: Comparison, problems: list[Problem]
) -> dict[str, Any]:
    """found: has compared all lines. problems: of the first skipped lines."""
    cost = effort(found)
    asked = list(found.tag_names.asked.items())
    return {
        "possible": found.changes > 0,
        # As the run counts: it creates the tags first.
        "changes": format_number(found.changes + len(found.created)),
        "tiles": _tiles(found),
        "about": notices.of_table(report, table),
        "hidden": bool(table.hidden_rows or table.left_out),
        "overwriting": notices.of_overwriting(found),
        # The first ones with the parts that they are split into.
        "comma_names": [(name, " · ".join(parts)) for name, parts in asked[:SHOWN_NAMES]],
        "new_tags": notices.of_new_tags(found),
        "samples": list(map(_sample, found.samples)),
        "options": found.options,
        "by_tag": _by_tag(found),
        "effort": calls_sentence(cost.calls, cost.seconds) if cost.calls else "",
        "days": format_number(cost.days) if cost.days > 1 else "",
        "bad": found.bad,
        "problems": problems,
        "more": format_number(found.bad - SHOWN) if found.bad > SHOWN else "",
    }


def _sample(sample: Sample) -> dict[str, Any]:
    """The label, old text and new text of each change of a line."""
    pairs = [(_("remark"), sample.remark), (_("internal note"), sample.note)]
    if sample.tags:
        before, after = ("; ".join(names) for names in sample.tags)
        pairs.insert(1, (_("tags"), (before, after)))
    given = [(label, pair) for label, pair in pairs if pair is not None]
    texts = [(label, *pair) for label, pair in given]
    return {"number": sample.number, "openid": sample.openid, "texts": texts}


def _tiles(found: Comparison) -> list[tuple[str, str]]:
    figures = (
        (found.lines, _("lines")),
        (found.bad, _("lines left out")),
        (len(found.created), _("new tags")),
        (found.tags_added, _("tags to add")),
        (found.tags_removed, _("tags to remove")),
        (len(found.remarks), _("remarks")),
        (len(found.notes), _("internal notes")),
    )
    return [(format_number(number), text) for number, text in figures]


def _by_tag(found: Comparison) -> list[tuple[str, str, str]]:
    """(tag, added to, removed from), the largest first."""
    names = {*found.added, *found.removed}
    counts = [
        (name, len(found.added.get(name, ())), len(found.removed.get(name, ()))) for name in names
    ]
    counts.sort(key=lambda row: (-row[1] - row[2], row[0]))
    return [(name, format_number(add), format_number(remove)) for name, add, remove in counts]
