"""What is said of a file that cannot be read, and what to do: a sentence for each code."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from .errors import FileError

SENTENCES = {
    "empty": noop("The file is empty."),
    "no_text": noop(
        "This is neither a table as text (CSV) nor an Excel workbook (.xlsx). "
        "Save it as “CSV UTF-8” or as .xlsx and try again."
    ),
    "other_encoding": noop(
        "The file seems to be text in %(name)s, whose characters would come out wrong. "
        "Save it as “CSV UTF-8” or as .xlsx and try again."
    ),
    "damaged_utf_8": noop(
        "The file is damaged UTF-8: in line %(line)s a character is cut off or written in another "
        "encoding. Save it again as “CSV UTF-8” or as .xlsx and try again."
    ),
    "unknown_encoding": noop(
        "The file is text in an encoding that is not known: read as GB18030 it has characters that "
        "do not exist. Save it as “CSV UTF-8” or as .xlsx and try again."
    ),
    "broken_csv": noop(
        "The file cannot be read as CSV from line %(line)s on. Is a quotation mark missing there?"
    ),
    "line_too_long": noop(
        "A line of the file is far too long for a table. Save it as “CSV UTF-8” or as .xlsx and "
        "try again."
    ),
    "cell_too_long": noop(
        "A cell of the file has more than 32,767 characters, the most that a spreadsheet can hold."
    ),
    "too_many_columns": noop(
        "The file has more than 200 columns. Delete those that are not needed and try again."
    ),
    "too_many_lines": noop("A file can have at most 200,000 lines: split it."),
    "too_large_upload": noop("The file is larger than 64 MB: split it."),
    "too_large": noop("The file is too large to be read at once: split it."),
    "unpacks_to_too_much": noop(
        "The workbook unpacks to far too much. Save it as CSV and try again."
    ),
    "took_too_long": noop(
        "The file took too long to read and was given up. Save it as “CSV UTF-8” and try again."
    ),
    "busy": noop("Other files are being read at the moment. Try again in a minute."),
    "damaged": noop(
        "The workbook cannot be read; it seems to be damaged. Save it again as .xlsx or as CSV."
    ),
    "locked": noop(
        "This workbook is protected by a password. Save it without one, as .xlsx or as CSV, and "
        "try again."
    ),
    "xls": noop(
        "This is an old Excel workbook (.xls), as WPS and older systems write it. Open it, choose "
        "“Save as”, “Excel workbook (.xlsx)”, and try again."
    ),
    "xlsb": noop(
        "This is a binary Excel workbook (.xlsb). Open it, choose “Save as”, “Excel workbook "
        "(.xlsx)”, and try again."
    ),
    "ods": noop(
        "This is an OpenDocument file (.ods). Open it, choose “Save as”, “Excel workbook (.xlsx)”, "
        "and try again."
    ),
    "numbers": noop(
        "This is a Numbers document. Choose “Export to”, “Excel” or “CSV” there, and try again."
    ),
    "strict_xlsx": noop(
        "This workbook was saved as “Strict Open XML”. Open it, choose “Save as”, “Excel workbook "
        "(.xlsx)” without “Strict”, and try again."
    ),
    "markup": noop(
        "This is a web page or XML, whatever its name says. Open it in Excel or WPS, choose “Save "
        "as”, “Excel workbook (.xlsx)”, and try again."
    ),
    "no_table": noop(
        "This is a text document or a presentation. Choose a table: CSV or Excel (.xlsx)."
    ),
    "no_visible_sheet": noop(
        "All sheets of the workbook are hidden. Unhide the one that is meant and try again."
    ),
    "empty_sheet": noop(
        "The sheet “%(name)s”, the first that is visible, is empty. Move the one that is meant to "
        "the front and try again."
    ),
    "column_twice": noop(
        "The column “%(name)s” stands twice in the line with the names: delete one of them."
    ),
    "no_columns": noop(
        "No line names the columns: openid and any of remark, tags, note. Add such a line above "
        "the others."
    ),
    "no_scene_columns": noop("No line names the columns: scene, name and group. Add such a line."),
    "too_many_channels": noop("At most 10,000 channels can be imported at once."),
    "gone": noop("This file is no longer kept. Upload it again."),
}


def explain(error: FileError) -> str:
    """The error in the active language."""
    return _(SENTENCES[error.code]) % error.params
