import io

import pytest
from django.utils.translation import override

from followers.export import export, joined
from followers.imports.reading import Line, read, split
from followers.models import Follower, Tag
from followers.tables import FileError
from tests.people import follow

LINE = Line(2, "oA1", "老客户", ("会员", "上海"), "致电")


def lines(data):
    return list(read(io.BytesIO(data)).lines())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_separators(encoding, mark, end):
    rows = (("openid", "remark", "tags", "note"), ("oA1", "老客户", '"会员;上海"', "致电"))
    text = "".join(mark.join(row) + end for row in rows)
    assert lines(text.encode(encoding)) == [LINE]


@pytest.mark.parametrize(
    "header",
    ["openid,remark,tags,note", "OpenID,备注名,标签,内部备注", "OPENID,备注,Tag,internal_note"],
)
def test_headers_that_are_understood(header):
    assert lines(f"{header}\noA1,老客户,会员;上海,致电".encode()) == [LINE]


def test_columns_stand_in_any_order_and_others_are_named():
    table = read(io.BytesIO(b"city,tags, ,openid\nx,VIP,y,oA1\n"))
    assert table.ignored == ["city"]
    assert list(table.lines()) == [Line(2, "oA1", None, ("VIP",), None)]


def test_empty_cells_and_lines_say_nothing_and_count_as_lines_of_the_file():
    assert lines(b"openid,remark,tags\n\noA1,,\n , ,\noA2\noA3,x") == [
        Line(3, "oA1"),
        Line(5, "oA2"),
        Line(6, "oA3", "x"),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"openid,city\noA1,x", "must name the columns"),
        (b"remark,tags\nx,y", "must name the columns"),
        (b"oA1,VIP\n", "must name the columns"),
        (b"openid,remark,Remark\noA1,x,y", "Remark.* stands twice"),
        ("openid,OpenID,标签\n".encode(), "OpenID.* stands twice"),
        (b"\xff\xfeo\0p\0", "no text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "password"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (b'openid,remark\noA1,"x\noA2,y\n', "from line 2 on"),
    ],
)
def test_files_that_cannot_be_read_say_what_to_do(data, sentence):
    with pytest.raises(FileError, match=sentence):
        lines(data)


@pytest.mark.parametrize(
    ("limit", "sentence"), [("MOST_LINES", "at most 200,000"), ("MOST_BYTES", "larger than 64 MB")]
)
def test_limits(monkeypatch, limit, sentence):
    monkeypatch.setattr(f"followers.imports.reading.{limit}", 2)
    with pytest.raises(FileError, match=sentence):
        lines(b"openid,note\n1,x\n2,x\n3,x\n")


@pytest.mark.parametrize(
    "names",
    [["VIP"], ["a;b", "c"], ["back\\slash", "x\\;y"], ["=1+1", "-", "@x"], ["'", "'=x"], ["\\"]],
)
def test_tags_are_split_as_they_were_joined(names):
    assert split(joined(names)) == tuple(names)


def test_tags_are_named_once_and_never_empty():
    assert split(" VIP ;; a;VIP;") == ("VIP", "a")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_the_export_writes_is_read(account, language):
    person = follow(account, "-oA1", remark="=老客户'", note='致电\n"周一"')
    for number, name in enumerate(["=1;2", "a\\b"], start=100):
        Tag.objects.create(account=account, wechat_id=number, name=name).followers.add(person)
    with override(language):
        everybody = Follower.objects.all()
        text = "".join(export(everybody, account=account, filters={}, notes=True))
    assert lines(text.encode()) == [Line(2, "-oA1", "=老客户'", ("=1;2", "a\\b"), '致电\n"周一"')]
