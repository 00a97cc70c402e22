"""Files that are made to end whoever reads them: refused by the limits, while others are served."""

import io
import os
import zipfile
from itertools import repeat

import pytest

from followers.files import bounds, reading
from followers.files.errors import FileError
from followers.files.reading import read_file

from .workbooks import MAIN, changed, shared, workbook

MEGABYTE = 1 << 20


def with_part(name, *pieces):
    """A workbook of a few hundred kilobytes with a part of hundreds of megabytes."""
    file = changed(shared(("openid", "remark")), **{name: ""})
    other = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if not part.endswith(f"/{name}.xml"):
                new.writestr(part, old.read(part))
            else:
                with new.open(part, "w", force_zip64=True) as stream:
                    for piece in pieces:
                        stream.writelines(piece)
    return other


def sheet(*pieces):
    begin, end = f"<worksheet {MAIN}><sheetData>".encode(), b"</sheetData></worksheet>"
    return with_part("sheet1", [begin], *pieces, [end])


def many(text, times):
    """A text over and over, a megabyte at a time."""
    at_once = max(MEGABYTE // len(text), 1)
    return repeat(text * at_once, times // at_once)


def lying(file, size):
    """The workbook says that its texts are small."""
    data = file.getvalue()
    told = data.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert told != data
    return io.BytesIO(told)


def laughing():
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'
    return changed(workbook(("openid",)), sheet1=f"{head}<worksheet>&l9;</worksheet>")


CELL = b'<row><c t="inlineStr"><is><t>'
BOMBS = {
    "one cell of 450 MB": lambda: sheet(
        [CELL], many(b"x", 450 * MEGABYTE), [b"</t></is></c></row>"]
    ),
    "a row of 2,000,000 cells": lambda: sheet([b"<row>"], many(b"<c><v>1</v></c>", 2_000_000)),
    "2,000,000 empty rows": lambda: sheet(many(b"<row/>", 2_000_000)),
    "one tag of 60 MB": lambda: sheet([b"<row a='"], many(b"x", 60 * MEGABYTE), [b"'/>"]),
    "8,000,000 tags within each other": lambda: sheet(many(b"<a>", 8_000_000)),
    "2,000,000 shared texts": lambda: with_part(
        "sharedStrings", [f"<sst {MAIN}>".encode()], many(b"<si><t>x</t></si>", 2_000_000)
    ),
    "styles of 30 MB": lambda: changed(workbook(("openid",)), styles=b" " * 30_000_000),
    "texts that lie about their size": lambda: lying(
        changed(shared(("openid",)), sharedStrings=b" " * 30_000_000), 30_000_000
    ),
    "entities that multiply": laughing,
    "a CSV with a million columns": lambda: io.BytesIO(b"openid,remark" + b",x" * 1_000_000),
    "a CSV of commas": lambda: io.BytesIO(b"openid,remark\n" + b"," * 60_000_000),
    "a CSV without a line end": lambda: io.BytesIO(b"x" * 60_000_000),
    "a CSV of 250,000 lines": lambda: io.BytesIO(b"openid,remark\n" + b"o,x\n" * 250_000),
    "a file of 65 MB": lambda: io.BytesIO(b"openid,remark\n" + b"o,x\n" * 16_300_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_it_is_refused_by_a_limit(name):
    """In the process that reads, within its memory; this one does not grow."""
    file = BOMBS[name]()
    file.seek(0)
    with pytest.raises(FileError) as error, read_file(file):
        pass
    # What is met is a bound of ours, not the end of the memory or of the time.
    assert error.value.code not in ("too_large", "took_too_long")


def test_a_reader_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(bounds, "CLOCK_SECONDS", 0.01)
    with (
        pytest.raises(FileError, match="took_too_long"),
        read_file(workbook(("openid", "remark"))),
    ):
        pass


@pytest.mark.parametrize(
    "death", ["bytearray(2 << 30)", "'x' * (3 << 30)", "os.abort()", "while True: pass"]
)
def test_whatever_ends_the_process_is_a_sentence(monkeypatch, tmp_path, death):
    """The limits themselves: of memory and of computing time."""
    script = tmp_path / "reader.py"
    script.write_text(
        "import os, sys\n"
        "from followers.files import bounds, child\n"
        "bounds.CPU_SECONDS = 1\n"
        "def dies(*args):\n"
        f"    {death}\n"
        "child.read_rows = dies\n"
        "child.main()\n"
    )
    monkeypatch.setattr(reading, "COMMAND", [os.sys.executable, str(script)])
    with pytest.raises(FileError) as error, read_file(workbook(("openid", "remark"))):
        pass
    assert error.value.code == ("took_too_long" if "while" in death else "too_large")
