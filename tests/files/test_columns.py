"""Each column is written and read back by its type, and known by its titles."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from followers.files import columns
from followers.files.cell_types import BOOLEAN, ID, INTEGER, TAG_NAMES, TEXT, TIME
from followers.files.cells import plain
from followers.files.columns import (
    CHANNEL_COLUMNS,
    CHANNEL_FILE_COLUMNS,
    FOLLOWER_COLUMNS,
    IMPORT_COLUMNS,
    NOTE_COLUMNS,
    PEOPLE_COLUMNS,
    Column,
)
from followers.files.csv_writer import BOM, CsvWriter
from followers.files.headers import known_titles, same_name

TABLES = {name: table for name, table in vars(columns).items() if name.endswith("_COLUMNS")}
# Texts as they look: what a cell cannot say (marks, blanks around it) is tested with `plain`.
# Of signs that mean something in a cell.
TEXTS = st.text(st.sampled_from("aZ1客 =+-@\\;,\"'\n\t\u200b")).map(plain)
SECONDS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
# On every machine the same examples, however slow it is.
repeatable = settings(deadline=None, derandomize=True, database=None)


def text_of(row, *row_columns):
    writer = CsvWriter(row_columns)
    writer.write([row])
    return writer.take()


@repeatable
@given(TEXTS)
def test_texts_are_read_back(text):
    assert TEXT.read(TEXT.to_csv(text)) == text


@repeatable
@given(st.none() | st.integers())
def test_numbers_are_read_back(number):
    assert INTEGER.read(INTEGER.to_csv(number)) == number


@repeatable
@given(st.none() | SECONDS)
def test_times_are_read_back(moment):
    assert TIME.read(TIME.to_csv(moment)) == moment


@repeatable
@given(st.lists(TEXTS.filter(lambda name: name and "\n" not in name), unique=True))
def test_tags_are_read_back(names):
    assert TAG_NAMES.read(TAG_NAMES.to_csv(names)) == tuple(names)


@repeatable
@given(st.from_regex(r"[\w-]{1,28}", fullmatch=True).filter(str.isascii))
def test_ids_are_read_back(openid):
    assert ID.read(ID.to_csv(openid)) == openid


@pytest.mark.parametrize(("flag", "cell"), [(True, "1"), (False, "0")])
def test_flags_are_one_and_nought(flag, cell):
    assert BOOLEAN.to_csv(flag) == cell
    assert BOOLEAN.read(cell) is flag


def test_times_are_local_and_have_seconds():
    moment = datetime(2024, 10, 31, 16, 30, 5, 123, tzinfo=UTC)
    assert TIME.to_csv(moment) == "2024-11-01T00:30:05+08:00"
    with timezone.override(UTC):
        assert TIME.to_csv(moment + timedelta(seconds=1)) == "2024-10-31T16:30:06+00:00"


def test_separators_in_tag_names_are_escaped():
    assert TAG_NAMES.to_csv(["a;b", "c\\d", "e"]) == r"a\;b;c\\d;e"
    assert TAG_NAMES.to_csv(["=1"]) == "'=1"


def test_tags_are_named_once_and_never_empty():
    assert TAG_NAMES.read(" VIP ;; a;VIP;\u200b;b\nc\\") == ("VIP", "a", "b", "c\\")
    assert TAG_NAMES.read("") == ()


@pytest.mark.parametrize("kind", [TEXT, ID, INTEGER, BOOLEAN, TIME, TAG_NAMES])
def test_a_formula_without_a_value_is_none(kind):
    assert kind.read(None) is kind.read("=A1&B1") is None


@pytest.mark.parametrize(
    ("table", "header"),
    [
        (
            FOLLOWER_COLUMNS,
            "account,openid,subscribed,unionid,remark,tags,subscribe_time,subscribe_scene,qr_scene,"
            "qr_scene_str,language,blacklisted,first_seen_at,unsubscribed_at",
        ),
        (NOTE_COLUMNS, "internal_note"),
        (CHANNEL_COLUMNS, "channel,channel_group"),
        (CHANNEL_FILE_COLUMNS, "scene,name,group"),
        (PEOPLE_COLUMNS, "openid,remark,reason"),
    ],
)
def test_headers_are_the_contract(table, header):
    assert CsvWriter(table).take() == f"\ufeff{header}\r\n"


def test_the_import_reads_these_columns():
    assert [column.name for column in IMPORT_COLUMNS] == ["openid", "remark", "tags", "note"]
    assert all(column.width for column in IMPORT_COLUMNS)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_each_column_once(name):
    names = [column.name for column in TABLES[name]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", [IMPORT_COLUMNS, CHANNEL_FILE_COLUMNS])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_we_write_is_known_when_it_comes_back(table, language):
    """No title means two columns: each column is found by all of its own."""
    known = known_titles(table)
    with override(language):
        for column in table:
            titles = [column.name, *column.titles, str(column.header), str(column.label)]
            assert {known[same_name(title)] for title in titles if title} == {column.name}
    assert "" not in known


@repeatable
@given(TEXTS, TEXTS, st.integers())
def test_a_row_of_the_csv_is_read_back(remark, reason, line):
    row = (remark, reason, line)
    kinds = [Column("a", "a", TEXT), Column("b", "b", TEXT), Column("c", "c", INTEGER)]
    _header, cells = csv.reader(io.StringIO(text_of(row, *kinds), newline=""))
    assert tuple(kind.type.read(cell) for kind, cell in zip(kinds, cells, strict=True)) == row


def test_text_is_handed_over_once():
    writer = CsvWriter(NOTE_COLUMNS)
    assert writer.size() == len(writer.take())
    writer.write([])
    assert (writer.size(), writer.take()) == (0, "")
    writer.write([("=1",), ("x",)])
    assert writer.take() == "'=1\r\nx\r\n"


@pytest.mark.parametrize("rows", [[("x", "y")], [("x",), ("x", "y")]])
def test_a_row_has_a_value_for_each_column(rows):
    with pytest.raises(ValueError, match="zip"):
        CsvWriter(NOTE_COLUMNS).write(rows)


def test_a_title_of_an_uploaded_file_is_no_formula_either():
    title = "=HYPERLINK(A1)"
    writer = CsvWriter([Column(title, title, TEXT)])
    assert writer.take().strip() == f"{BOM}'{title}"
