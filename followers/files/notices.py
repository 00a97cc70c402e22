"""What is to be said of a file beside its rows, in the same words everywhere."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .headers import Header
from .report import Report

SHOWN = 20


def numbered(count: int) -> str:
    return f"{count:,}"


def listed(names: list[str]) -> str:
    """The first of these names, and how many more there are."""
    text = _(", ").join(names[:SHOWN])
    more = len(names) - SHOWN
    return (
        _("%(names)s … and %(count)s more") % {"names": text, "count": more} if more > 0 else text
    )


def of_file(report: Report) -> list[str]:
    """What was read of the file, whoever reads it."""
    found = []
    if report.sheet:
        found.append(_("Sheet: %(name)s") % {"name": report.sheet})
    if report.other_sheets:
        text = _("Other sheets, which are not read: %(names)s")
        found.append(text % {"names": listed(report.other_sheets)})
    if report.encoding == "gb18030":
        found.append(_("The text was read as GB18030 (GBK)."))
    if report.uncalculated:
        text = ngettext(
            "%(count)s cell of the sheet holds a formula that was never calculated. Open the file "
            "in Excel or WPS, save it, and import it again.",
            "%(count)s cells of the sheet hold formulas that were never calculated. Open the file "
            "in Excel or WPS, save it, and import it again.",
            report.uncalculated,
        )
        found.append(text % {"count": numbered(report.uncalculated)})
    if report.merged:
        text = ngettext(
            "%(count)s range of cells is merged: its text belongs to its first line alone.",
            "%(count)s ranges of cells are merged: their text belongs to their first line alone.",
            report.merged,
        )
        found.append(text % {"count": numbered(report.merged)})
    return found


def of_hidden(count: int, *, included: bool) -> str:
    """ "" where no row is hidden."""
    if not count:
        return ""
    if included:
        text = ngettext(
            "%(count)s line is hidden in the sheet and is imported all the same.",
            "%(count)s lines are hidden in the sheet and are imported all the same.",
            count,
        )
    else:
        text = ngettext(
            "%(count)s line is hidden in the sheet, by a filter or by hand, and is left out.",
            "%(count)s lines are hidden in the sheet, by a filter or by hand, and are left out.",
            count,
        )
    return text % {"count": numbered(count)}


def of_nothing(lines: int) -> list[str]:
    """What is said where the names of the columns are all there is."""
    return [] if lines else [_("Below the names of the columns the file has no lines.")]


def of_columns(report: Report, header: Header) -> list[str]:
    """What was read of the file, how the columns were found, and which are not looked at."""
    found = of_file(report)
    if header.number > 1:
        text = _("The columns are named in line %(number)s; what stands above is not read.")
        found.append(text % {"number": header.number})
    if not header.number:
        found.append(_("No line names the columns: they were chosen by hand."))
    if header.ignored:
        text = _("Columns that are not read: %(names)s")
        found.append(text % {"names": listed(header.ignored)})
    return found
