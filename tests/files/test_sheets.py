"""What is seen in a workbook: texts, errors, formulas, and what somebody has hidden."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.dimensions import ColumnDimension

from .bytes_of import refused, report_of, rows_of
from .workbooks import MAIN, changed, saved, shared, with_sheet, workbook

HEADER = ["openid", "remark"]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def rows(file):
    return rows_of(file.getvalue())


def report(file):
    return report_of(file.getvalue())


def code_of(file):
    return refused(file.getvalue())


def test_cells_are_texts_at_their_places():
    file = workbook(HEADER, ("oA1", "老客户", None, "x"), (), (None, "=x'"[1:]))
    assert rows(file) == [HEADER, ["oA1", "老客户", "", "x"], ["", "x'"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (13800138000.0, "13800138000"),
        (0.5, "0.5"),
        (1234567890123456789, "1.23457E+18"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime(2024, 5, 1), "2024-05-01"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
        ("#N/A", "#N/A"),
        ("a\nb", "a\nb"),
    ],
)
def test_cells_read_as_they_are_shown(cell, text):
    assert rows(workbook(["x", cell])) == [["x", text]]


@pytest.mark.parametrize(("code", "text"), [("0000", "0007"), ("0%", "700%"), ("@", "7")])
def test_formats_that_change_what_is_shown(code, text):
    book = Workbook()
    book.active.append([7])
    book.active["A1"].number_format = code
    assert rows(saved(book)) == [[text]]


def test_texts_that_cells_share():
    table = [["openid", "remark", "tags"], ["oA1", "老客户", "会员;<上海>"], ["oA2", "老客户", "-"]]
    assert rows(shared(*table)) == table


def test_every_type_of_cell_with_and_without_places():
    cells = (
        '<row><c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>x</v></c><c t="b"><v>0</v></c>'
        '<c t="d"><v>2024-05-01T00:00:00</v></c><c t="inlineStr"><is><r><t>a</t></r><r><t>b_x0041_'
        '</t></r></is></c></row><row r="5"><c r="C5"><v>1</v></c></row>'
    )
    assert rows(with_sheet(cells)) == [["#REF!", "x", "FALSE", "2024-05-01", "abA"], ["", "", "1"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="e"><v>No value</v></c>', "#ERROR!"),
        ('<c t="e"><v>42</v></c>', "#ERROR!"),
        ('<c t="e"/>', "#ERROR!"),
        ('<c t="e"><v>#名称?</v></c>', "#名称?"),
        ("<c><v>1e400</v></c>", "#NUM!"),
        ("<c><v>0.00001</v></c>", "0.00001"),
        ("<c><v>1E-5</v></c>", "0.00001"),
        ('<c t="str"><v>a_xD83D_</v></c>', "a\ufffd"),
        ('<c t="str"><v>_xDE00_b</v></c>', "\ufffdb"),
        ('<c t="str"><v>_xD83D__xDE00_</v></c>', "😀"),
    ],
)
def test_cells_that_programs_write_and_nobody_else(cell, text):
    assert rows(with_sheet(f"<row>{cell}</row>")) == [[text]]


def test_tags_with_a_prefix():
    xml = '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    xml += "<x:sheetData><x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    assert rows(changed(workbook(), sheet1=xml)) == [["7"]]


def test_formulas_without_a_value():
    cells = (
        "<row><c><f>A9</f></c><c><f>A9</f><v></v></c><c t='str'><f>A9</f><v></v></c>"
        "<c><f>A9</f><v>3</v></c></row>"
    )
    file = with_sheet(cells)
    assert rows(file) == [[None, None, "", "3"]]
    assert report(file).uncalculated == 2
    assert rows(workbook(HEADER, ("oA1", "=1+1"))) == [HEADER, ["oA1", None]]


def test_the_first_visible_sheet_is_read_and_named():
    book = Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "veryHidden"
    book.create_sheet("名单").append(["seen"])
    book.create_sheet("说明").append(["more"])
    book.create_chartsheet()
    file = saved(book)
    assert rows(file) == [["seen"]]
    found = report(file)
    assert (found.sheet, found.other_sheets, found.hidden_sheets) == ("名单", ["说明"], 1)


def test_hidden_rows_and_columns_are_told():
    book = Workbook()
    for row in (HEADER, ["oA1", "x"], ["oA2", "y"], ["oA3", "z"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"] = ColumnDimension(book.active, "B", hidden=True)
    found = report(saved(book))
    assert (found.rows, found.hidden_rows, found.hidden_columns) == (4, 1, [1])


def test_merged_cells_are_counted():
    book = Workbook()
    book.active.append(["x"])
    book.active.merge_cells("A1:A3")
    assert report(saved(book)).merged == 1


def test_an_empty_sheet_is_named():
    assert code_of(workbook()) == "empty_sheet"


def strict():
    part = zipfile.ZipFile(workbook(HEADER)).read("xl/workbook.xml").decode()
    old = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return changed(
        workbook(HEADER),
        workbook=part.replace(old, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    )


def archive(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        for name in names:
            parts.writestr(name, b"x")
    return file


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (strict(), "strict_xlsx"),
        (archive("mimetype", "content.xml"), "ods"),
        (archive("xl/workbook.bin"), "xlsb"),
        (archive("Index/Document.iwa"), "numbers"),
        (archive("word/document.xml"), "no_table"),
        (archive("photo.jpg"), "damaged"),
        (io.BytesIO(OLE + b"\0" * 600), "xls"),
        (io.BytesIO(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")), "locked"),
        (io.BytesIO(b"PK\x03\x04" + b"x" * 100), "damaged"),
    ],
)
def test_what_is_another_kind_of_file(file, code):
    assert code_of(file) == code


def test_a_workbook_whose_sheets_are_all_hidden():
    part = zipfile.ZipFile(workbook(HEADER)).read("xl/workbook.xml").decode()
    hidden = part.replace('state="visible"', 'state="hidden"')
    assert hidden != part
    assert code_of(changed(workbook(HEADER), workbook=hidden)) == "no_visible_sheet"


@pytest.mark.parametrize("part", ["sheet1", "workbook", "sharedStrings", "styles"])
@pytest.mark.parametrize("text", ["", "<x", "<worksheet><row r='x'/>"])
def test_a_damaged_part(part, text):
    assert code_of(changed(shared(HEADER, ["oA1", "x"]), **{part: text})) in (
        "damaged",
        "empty_sheet",
    )


def test_a_workbook_that_was_cut_off():
    whole = workbook(HEADER, *[(f"o{number}", "x") for number in range(1000)]).getvalue()
    assert refused(whole[: len(whole) // 2]) == "damaged"


def test_a_shared_text_that_does_not_exist():
    assert code_of(with_sheet('<row><c t="s"><v>7</v></c></row>')) == "damaged"


def test_declarations_are_refused():
    xml = f'<!DOCTYPE x [<!ENTITY a "b">]><worksheet {MAIN}><sheetData/></worksheet>'
    assert code_of(changed(workbook(HEADER), sheet1=xml)) == "damaged"
