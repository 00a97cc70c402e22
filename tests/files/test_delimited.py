import pytest

from followers.files.report import Report

from .bytes_of import refused, report_of, rows_of

ROWS = [["openid", "remark"], ["oA1", "老客户"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_and_separators(encoding, mark, end):
    text = "".join(mark.join(row) + end for row in ROWS)
    assert rows_of(text.encode(encoding)) == ROWS


@pytest.mark.parametrize(
    "beginning", ["\ufeff\ufeff", "\u200b", "sep=,\n", "\ufeffsep=,\r\n", '"sep=,"\n', "SEP=,\n"]
)
def test_what_programs_put_before_the_header(beginning):
    assert rows_of(f"{beginning}openid,remark\noA1,老客户\n".encode()) == ROWS


def test_a_separator_that_is_named():
    assert rows_of(b"sep=|\nopenid|remark\nx,y|z\n") == [["openid", "remark"], ["x,y", "z"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["粉丝名单\n", "粉丝名单\n\n2026-11-25\n\n", "\n" * 18])
def test_a_separator_that_comes_further_down(above, mark):
    text = above + "".join(mark.join(row) + "\n" for row in ROWS)
    assert rows_of(text.encode())[-2:] == ROWS


def test_separators_within_cells_do_not_count():
    text = 'openid\tnote\noA1\t"a,b\nc,d,e\nf,g"\n'
    assert rows_of(text.encode()) == [["openid", "note"], ["oA1", "a,b\nc,d,e\nf,g"]]


def test_what_was_found_out():
    assert report_of("openid,remark\n,\n\noA1,老客户".encode("gb18030")) == Report(
        encoding="gb18030", rows=2
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b",,\n,,\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no_text"),
        (b"%PDF-1.4\n\xe2\xe3\xcf\xd3", "no_table"),
        (b'openid,remark\noA1,"x\noA2,y\n', "broken_csv"),
        (b"<html><table><tr><td>openid</td></tr></table>", "markup"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "markup"),
    ],
)
def test_files_that_are_no_table(data, code):
    assert refused(data) == code


@pytest.mark.parametrize(
    "cell", ["x" * 32_768, f'"{"x" * 40_000}"', '"a ""b"" ' + "x" * 40_000 + '"']
)
def test_a_cell_that_no_spreadsheet_holds(cell):
    assert refused(f"scene,name\n1,One\n2,{cell}\n3,Three\n".encode()) == "cell_too_long"


@pytest.mark.parametrize("cell", ['"Shop', '"' + "x\n" * 70_000])
def test_a_file_that_is_no_csv_names_the_line(cell):
    assert refused(f"scene,name\n1,One\n2,{cell}\n3,Three\n".encode()) == "broken_csv"
