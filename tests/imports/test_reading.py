import io

import pytest
from django.utils.translation import override
from openpyxl import Workbook

from followers.export import export
from followers.files.columns import IMPORT_COLUMNS
from followers.files.errors import FileError
from followers.files.reading import read_file
from followers.imports.notices import of_table
from followers.imports.options import Options
from followers.imports.reading import Line, Table
from followers.models import Follower, Tag
from tests.factories import follow
from tests.files.workbooks import saved

from .tables import lines_of, table_of

LINES = "openid,remark\noA1,x\n"
LINE = Line(2, "oA1", "老客户", ("会员", "上海"), "致电")


@pytest.mark.parametrize(
    "header",
    [
        "openid,remark,tags,note",
        "OpenID,备注名,标签,内部备注",
        "OPENID,备注,Tag,internal_note",
        "ｏｐｅｎｉｄ,\u200bremark,标签\ufeff,Note",
    ],
)
def test_headers_that_are_understood(header):
    assert lines_of(f"{header}\noA1,老客户,会员;上海,致电") == [LINE]


def test_every_column_of_the_import_is_read():
    names = [column.name for column in IMPORT_COLUMNS]
    (line,) = lines_of(f"{','.join(names)}\n{','.join('x' for _name in names)}")
    assert [name for name in names if not getattr(line, name)] == []


def test_columns_stand_in_any_order_and_others_are_named():
    with table_of("city,tags, ,openid\nx,VIP,y,oA1\n") as table:
        assert table.header.ignored == ["city"]
        assert list(table.lines()) == [Line(2, "oA1", None, ("VIP",), None)]


def test_empty_cells_and_lines_say_nothing_and_count_as_lines_of_the_file():
    assert lines_of("openid,remark,tags\n\noA1,,\n , ,\noA2\noA3,x") == [
        Line(3, "oA1"),
        Line(5, "oA2"),
        Line(6, "oA3", "x"),
    ]


@pytest.mark.parametrize(
    ("data", "said"), [("openid,remark\n", True), ("openid,remark\n\n ,\n", True), (LINES, False)]
)
def test_a_file_that_only_names_its_columns(data, said):
    with read_file(io.BytesIO(data.encode())) as reading, override("en"):
        table = Table(reading, Options())
        assert (list(table.lines()) == []) is said
        assert ("no lines" in " ".join(of_table(reading.report, table))) is said


def test_a_header_further_down_is_found():
    with table_of("粉丝名单,,\n2026-11-25,,\n\nopenid,remark\noA1,x\n") as table:
        assert table.header.number == 4
        assert list(table.lines()) == [Line(5, "oA1", "x")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("openid,city\noA1,x", "no_columns"),
        ("remark,tags\nx,y", "no_columns"),
        ("oA1,VIP\n", "no_columns"),
        ("x\n" * 20 + "openid,remark\noA1,x", "no_columns"),
        ("openid,remark,Remark\noA1,x,y", "column_twice"),
        ("openid,OpenID,标签\n", "column_twice"),
    ],
)
def test_columns_that_nobody_knows(data, code):
    with pytest.raises(FileError) as error, table_of(data):
        pass
    assert error.value.code == code


def test_columns_that_were_chosen_by_hand():
    data = "编号,姓名,微信号\n1,Li,oA1\n"
    by_hand = {"columns": {"openid": 2, "remark": 1}}
    assert lines_of(data, **by_hand, header_row=1) == [Line(2, "oA1", "Li")]
    assert lines_of(data.partition("\n")[2], **by_hand) == [Line(1, "oA1", "Li")]


def test_a_file_has_so_many_lines(monkeypatch):
    monkeypatch.setattr("followers.files.bounds.MAX_LINES", 2)
    with pytest.raises(FileError, match="too_many_lines"):
        lines_of("openid,note\n1,x\n2,x\n3,x\n")


def hidden():
    """The second person and the column of the notes cannot be seen."""
    book = Workbook()
    for row in (("openid", "remark", "note"), ("oA1", "x", "y"), ("oA2", "x", "y")):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    return saved(book).getvalue()


def test_hidden_rows_and_columns_are_left_out_and_told():
    with table_of(hidden()) as table:
        assert list(table.lines()) == [Line(2, "oA1", "x")]
        assert (table.hidden_rows, table.left_out) == (1, ["note"])


def test_hidden_rows_and_columns_are_read_when_so_chosen():
    with table_of(hidden(), include_hidden=True) as table:
        assert list(table.lines()) == [
            Line(2, "oA1", "x", None, "y"),
            Line(3, "oA2", "x", None, "y"),
        ]
        assert (table.hidden_rows, table.left_out) == (1, [])


def test_formulas_without_a_value_are_no_empty_cells():
    (line,) = lines_of('openid,remark,tags\noA1,=A1&B1,"=VLOOKUP(A2,B:C,2)"\n')
    assert (line.remark, line.tags, line.uncalculated) == (None, None, ("remark", "tags"))


@pytest.mark.parametrize("cell", ["\u200boA1", "\ufeffoA1", '"=""oA1"""', "oA1\u00a0", "'oA1"[1:]])
def test_openids_are_read_as_they_look(cell):
    assert lines_of(f"openid,remark\n{cell},x\n") == [Line(2, "oA1", "x")]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_the_export_writes_is_read(account, language):
    person = follow(account, "-oA1", remark="=老客户'", note='致电\n"周一"')
    for number, name in enumerate(["=1;2", "a\\b"], start=100):
        Tag.objects.create(account=account, wechat_id=number, name=name).followers.add(person)
    with override(language):
        everybody = Follower.objects.all()
        text = "".join(export(everybody, account=account, filters={}, notes=True))
    assert lines_of(text) == [Line(2, "-oA1", "=老客户'", ("=1;2", "a\\b"), '致电\n"周一"')]
