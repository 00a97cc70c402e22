import pytest
from django.utils.translation import override

from followers.channel_files import LONGEST, FileError, Line, Problem, read, written
from followers.models import Channel


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "header", ["scene,name,group", "场景值,名称,分组", "QR scene\t渠道\tGROUP"]
)
def test_encodings_and_headers_that_are_understood(encoding, header):
    mark = "\t" if "\t" in header else ","
    text = f"{header}\r\n" + mark.join(("1043", "南京西路店", "华东")) + "\r\n\r\n"
    assert read(text.encode(encoding)) == ([Line("1043", "南京西路店", "华东")], [])


def test_columns_may_stand_in_any_order_and_the_group_may_be_missing():
    assert read(b"name,x,scene\nShop,?,7\n")[0] == [Line("7", "Shop", "")]


@pytest.mark.parametrize(
    "data", [b"", b"1043,Shop,East\n", b"scene,group\n7,x\n", b"\xff\xfe\x00s", b"x" * 2_000_001]
)
def test_files_that_cannot_be_read(data):
    with pytest.raises(FileError):
        read(data)


@pytest.mark.parametrize("cell", ["x" * 131_073, '"Shop', '"' + "x\n" * 70_000])
def test_a_file_that_is_no_csv_names_the_line(cell):
    with pytest.raises(FileError, match="from line 3 on"):
        read(f"scene,name\n1,One\n2,{cell}\n3,Three\n".encode())


def test_a_file_has_at_most_ten_thousand_channels():
    lines = "".join(f"{number},x\n" for number in range(10_001))
    with pytest.raises(FileError, match="10,000"):
        read(f"scene,name\n{lines}".encode())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",Shop,", "The scene is missing"),
        ("7,,East", "The name is missing"),
        ("4.29497E+09,Shop,", "rounded"),
        (f"{'x' * 65},Shop,", "longer"),
        (f"7,{'x' * 101},", "longer"),
        ("1,Shop,", "earlier line"),
    ],
)
def test_lines_that_are_left_out_say_why(line, reason):
    lines, problems = read(f"scene,name,group\n1,One,\n{line}\n".encode())
    assert lines == [Line("1", "One", "")]
    assert [problem.number for problem in problems] == [3]
    assert reason in problems[0].text


@pytest.mark.parametrize("text", ["=1+1", "'=1", "'it's", "@x", 'a,"b"\nc', "😀\u202e"])
def test_what_is_written_is_read_again(text):
    line = Line("7", text, text)
    assert read(written([line]).encode()) == ([line], [])


def test_a_problem_names_its_line():
    assert read(b"scene,name\n,x\n")[1] == [Problem(2, "The scene is missing.")]


@pytest.mark.parametrize("column", LONGEST)
def test_lengths_are_those_of_the_model(column):
    assert Channel._meta.get_field(column).max_length == LONGEST[column]
