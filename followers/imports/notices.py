"""What is to be said of what a file would change: on the page and in the terminal."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..files.notices import listed, numbered, of_columns, of_hidden, of_nothing
from ..files.report import Report
from .comparing import Comparison
from .reading import Table


def of_table(report: Report, table: Table) -> list[str]:
    """How the file was read, and what of it is not. Ask when all lines were gone through."""
    found = of_columns(report, table.header)
    if table.left_out:
        text = _("Columns that are hidden in the sheet and left out: %(names)s")
        found.append(text % {"names": listed(table.left_out)})
    if hidden := of_hidden(table.hidden_rows, included=table.includes_hidden):
        found.append(hidden)
    return found + of_nothing(table.read + table.hidden_rows)


def of_overwriting(found: Comparison) -> list[str]:
    """Texts that are lost."""
    remarks, notes = found.overwritten["remark"], found.overwritten["note"]
    said = []
    if remarks:
        text = ngettext(
            "%(count)s remark that WeChat has now is overwritten.",
            "%(count)s remarks that WeChat has now are overwritten.",
            remarks,
        )
        said.append(text % {"count": numbered(remarks)})
    if notes:
        text = ngettext(
            "%(count)s internal note is overwritten.",
            "%(count)s internal notes are overwritten.",
            notes,
        )
        said.append(text % {"count": numbered(notes)})
    return said


def of_commas(found: Comparison) -> str:
    """What cells with commas are taken for; "" where there are none."""
    if not found.tag_names.asked:
        return ""
    name, parts = next(iter(found.tag_names.asked.items()))
    if found.options.keep_commas:
        text = _("Commas belong to the names of tags: “%(name)s” is one tag.")
        return text % {"name": name}
    text = _("Tags are separated at commas: “%(name)s” becomes %(parts)s.")
    return text % {"name": name, "parts": " · ".join(parts)}


def of_new_tags(found: Comparison) -> list[str]:
    """The tags that are created, one by one, with how many followers get each."""
    counted = ((name, len(found.added[name])) for name in found.created)
    return [
        ngettext("%(name)s (%(count)s follower)", "%(name)s (%(count)s followers)", count)
        % {"name": name, "count": numbered(count)}
        for name, count in counted
    ]
