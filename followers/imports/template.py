"""A workbook to fill in, for those who begin without a file of ours."""

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font

from ..files.columns import IMPORT_COLUMNS

# Excel's number format for text: codes keep their zeros, and long ones are not rounded.
TEXT = "@"


def template_xlsx() -> bytes:
    """The columns, as text, and a second sheet that says how to fill them in."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101
    sheet.title = _("followers")
    for place, column in enumerate(IMPORT_COLUMNS, start=1):
        title = sheet.cell(1, place, str(column.header))
        title.font = Font(bold=True)
        sheet.column_dimensions[title.column_letter].width = column.width
        sheet.column_dimensions[title.column_letter].number_format = TEXT
    sheet.freeze_panes = "A2"
    help_sheet = book.create_sheet(_("How to fill it in"))
    help_sheet.column_dimensions["A"].width = 100
    for line in (
        _("openid: who is meant, one follower a line. Copy it from the list or from an export."),
        _("remark: at most 30 bytes, which is 10 Chinese characters. WeChat shows it, too."),
        _("tags: several are separated by ; and those that do not exist yet are created."),
        _("internal note: stays in wxadmin, at most 2,000 characters."),
        _("An empty cell changes nothing. Columns that are not needed can be deleted."),
    ):
        help_sheet.append([line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
