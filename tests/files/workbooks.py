"""Workbooks: as openpyxl saves them, and as Excel does, with texts that cells share."""

import io
import zipfile
from xml.sax.saxutils import escape

from openpyxl import Workbook

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file


def workbook(*rows, **sheets):
    """The rows, then more sheets by name; hidden ones begin with an underscore."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, others in sheets.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
        if name.startswith("_"):
            sheet.sheet_state = "hidden"
    return saved(book)


def changed(file, **parts):
    """The workbook with some of its parts replaced or added, by the name without the folder."""
    other = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            own = name.split("/")[-1].split(".")[0]
            new.writestr(name, parts.pop(own, old.read(name)))
        for name, text in parts.items():
            new.writestr(f"xl/{name}.xml", text)
    return other


def with_sheet(data, *, root="worksheet"):
    """A workbook whose sheet is this XML, as any program may write it: rows within sheetData."""
    return changed(workbook(), sheet1=f"<{root} {MAIN}><sheetData>{data}</sheetData></{root}>")


def shared(*rows):
    """Rows of texts, each of them kept apart from the cells."""
    texts = [text for row in rows for text in row]
    # The second half of each text is set in another font, and is read aloud in a third way.
    items = "".join(
        f'<si><r><t xml:space="preserve">{escape(text[:1])}</t></r><r><t xml:space="preserve">'
        f"{escape(text[1:])}</t></r><rPh sb='0' eb='1'><t>zz</t></rPh></si>"
        for text in texts
    )
    numbers = iter(range(len(texts)))
    cells = "".join(
        f'<row>{"".join(f"""<c t="s"><v>{next(numbers)}</v></c>""" for _text in row)}</row>'
        for row in rows
    )
    types = zipfile.ZipFile(workbook()).read("[Content_Types].xml").decode()
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TEXTS}" /></Types>'
    return changed(
        workbook(),
        **{
            "sheet1": f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>",
            "sharedStrings": f"<sst {MAIN}>{items}</sst>",
            "[Content_Types]": types.replace("</Types>", part),
        },
    )
