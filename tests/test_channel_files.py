import io

import pytest
from django.utils.translation import override

from followers.channel_files import MAX_LENGTHS, Line, Table, compare, read, written
from followers.files.errors import FileError
from followers.files.problems import Problem
from followers.files.reading import read_file
from followers.models import Channel
from tests.files.workbooks import workbook


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def table_of(data: bytes, **options: bool) -> Table:
    with read_file(io.BytesIO(data)) as reading:
        return read(reading, **options)


def lines_of(data: bytes) -> list[Line]:
    return table_of(data).lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "header",
    [
        "scene,name,group",
        "场景值,名称,分组",
        "QR scene\t渠道\tGROUP",
        "\ufeff\ufeffscene,name,group",
    ],
)
def test_encodings_and_headers_that_are_understood(encoding, header):
    mark = "\t" if "\t" in header else ","
    text = f"{header}\r\n" + mark.join(("1043", "南京西路店", "华东")) + "\r\n\r\n"
    assert lines_of(text.encode(encoding)) == [Line(2, "1043", "南京西路店", "华东")]


def test_columns_may_stand_in_any_order_and_the_group_may_be_missing():
    assert lines_of(b"name,x,scene\nShop,?,7\n") == [Line(2, "7", "Shop", "")]


def test_a_workbook_is_read_like_its_csv():
    file = workbook(("渠道表",), (), ("scene", "name"), (1043, "Shop"), (1234567890123456789, "x"))
    lines = lines_of(file.getvalue())
    assert lines == [Line(4, "1043", "Shop", ""), Line(5, "1.23457E+18", "x", "")]
    assert "rounded" in lines[1].problem


@pytest.mark.parametrize("data", [b"1043,Shop,East\n", b"scene,group\n7,x\n"])
def test_files_without_the_columns(data):
    with pytest.raises(FileError, match="no_scene_columns"):
        table_of(data)


def test_a_file_has_at_most_ten_thousand_channels():
    lines = "".join(f"{number},x\n" for number in range(10_001))
    with pytest.raises(FileError, match="too_many_channels"):
        table_of(f"scene,name\n{lines}".encode())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",Shop,", "The scene is missing"),
        ("7,,East", "The name is missing"),
        ("4.29497E+09,Shop,", "rounded"),
        ("123456789012345000,Shop,", "rounded"),
        ("#N/A,Shop,", "error of a formula"),
        ("7,#N/A,", "error of a formula"),
        ("7,Shop,#REF!", "error of a formula"),
        ("7,1.38E+10,", "rounded"),
        ("7,锟斤拷,", "wrong encoding"),
        ("7,=A1&B1,", "never calculated"),
        (f"{'x' * 65},Shop,", "longer"),
        (f"7,{'x' * 101},", "longer"),
        ("1,Shop,", "earlier line"),
    ],
)
def test_lines_that_are_left_out_say_why(account, line, reason):
    plan = compare(account, lines_of(f"scene,name,group\n1,One,\n{line}\n".encode()))
    assert [channel.scene for channel in plan.new] == ["1"]
    assert plan.problems == [Problem(3, plan.problems[0].text)]
    assert reason in plan.problems[0].text


def test_a_name_that_reads_so_already_is_no_fault(account):
    Channel.objects.create(account=account, scene="7", name="#N/A")
    plan = compare(account, lines_of(b"scene,name\n7,#N/A\n"))
    assert (plan.same, plan.problems) == (1, [])


def test_samples_show_what_is_there_and_what_will_be(account):
    Channel.objects.create(account=account, scene="7", name="Old", group="East")
    plan = compare(account, lines_of(b"scene,name\n7,New\n8,Other\n"))
    assert [(line.scene, *texts) for line, *texts in plan.samples] == [
        ("7", "Old · East", "New"),
        ("8", "", "Other"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "'=1", "'it's", "@x", 'a,"b"\nc', "😀\u202e", "=A1&B1"])
def test_what_is_written_is_read_again(account, text):
    Channel.objects.create(account=account, scene="7", name=text, group=text)
    plan = compare(account, lines_of(written(account.channels.all()).encode()))
    assert (plan.same, plan.problems, plan.changed) == (1, [], [])


def test_lengths_are_those_that_the_sentence_names():
    assert MAX_LENGTHS == {"scene": 64, "name": 100, "group": 100}
