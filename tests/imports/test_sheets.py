import io
import zipfile
from datetime import date, datetime

import pytest

from followers.imports import sheets
from followers.imports.reading import Line, read
from followers.tables import FileError

from .workbooks import changed, shared, workbook

HEADER = ("openid", "remark", "tags", "note")


def lines(file):
    return list(read(file).lines())


def test_a_workbook_reads_as_its_csv_would():
    file = workbook(HEADER, ("oA1", "老客户", "会员;上海", None), (), ("oA2", "'=x", None, "a\nb"))
    assert lines(file) == [
        Line(2, "oA1", "老客户", ("会员", "上海")),
        Line(4, "oA2", "=x", None, "a\nb"),
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (13800138000.0, "13800138000"),
        (0.5, "0.5"),
        (True, "1"),
        (datetime(2024, 5, 1), "2024-05-01"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
    ],
)
def test_cells_read_as_they_are_shown(cell, text):
    assert lines(workbook(HEADER, ("oA1", cell))) == [Line(2, "oA1", text)]


def test_texts_that_cells_share():
    file = shared(("openid", "remark", "tags"), ("oA1", "老客户", "会员;<上海>"), ("oA2", "老客户"))
    assert lines(file) == [
        Line(2, "oA1", "老客户", ("会员", "<上海>")),
        Line(3, "oA2", "老客户"),
    ]


@pytest.mark.parametrize("part", ["sheet1", "workbook", "sharedStrings", "styles"])
@pytest.mark.parametrize("text", ["", "<x", "<worksheet><row r='x'/></worksheet>"])
def test_a_damaged_part(part, text):
    damaged = changed(shared(HEADER, ("oA1", "x")), **{part: text})
    with pytest.raises(FileError):
        lines(damaged)


def test_a_workbook_that_was_cut_off():
    whole = workbook(HEADER, *[(f"o{number}", "x") for number in range(1000)]).getvalue()
    with pytest.raises(FileError, match="damaged"):
        lines(io.BytesIO(whole[: len(whole) // 2]))


def test_any_other_zip_file():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    with pytest.raises(FileError, match="damaged"):
        lines(file)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(sheets, "load_workbook", None)
    bomb = changed(workbook(HEADER), styles=b" " * 30_000_000)
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(FileError, match="far too much"):
        lines(bomb)


def test_a_part_that_is_larger_than_it_declares():
    bomb = changed(shared(HEADER), sharedStrings=b" " * 30_000_000).getvalue()
    lying = bomb.replace((30_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(FileError, match="damaged"):
        lines(io.BytesIO(lying))


def test_entities_that_multiply():
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'
    bomb = changed(workbook(HEADER), sheet1=f"{head}<worksheet>&l9;</worksheet>")
    with pytest.raises(FileError):
        lines(bomb)
