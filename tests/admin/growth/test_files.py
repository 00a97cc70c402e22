"""The files of the figures: what the pages show, for a spreadsheet."""

import csv
import io

import pytest
from django.core.management import call_command
from django.utils import translation
from openpyxl import load_workbook

from followers.admin.growth.views import FIGURES
from followers.models import Channel

FILE = "/admin/growth/file/"
OF_APRIL = {"from": "2024-04-01", "to": "2024-04-30", "by": "day"}


def rows_of(answer):
    text = answer.content if not answer.streaming else b"".join(answer.streaming_content)
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("key", FIGURES)
def test_both_files_say_the_same(staff, counted, key):
    query = {**OF_APRIL, "compare": "before"}
    header, *rows = rows_of(staff.get(f"{FILE}{key}.csv", query))
    answer = staff.get(f"{FILE}{key}.xlsx", query)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    first, *others = sheet.iter_rows(values_only=True)
    assert list(first) == header
    assert len(others) == len(rows)
    for cells, texts in zip(others, rows, strict=True):
        for cell, text in zip(cells, texts, strict=True):
            assert (cell is None) == (text == "")
            if isinstance(cell, int | float):
                assert text in (str(cell), f"{cell:.1%}")


def test_the_days_are_those_of_the_command(staff, counted):
    out = io.StringIO(newline="")
    with translation.override("zh-hans"):
        call_command(
            "export_statistics",
            counted.app_id,
            "--from=2024-04-01",
            "--to=2024-04-30",
            stdout=out,
        )
    expected = list(csv.reader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline="")))
    header, *rows = rows_of(staff.get(f"{FILE}growth.csv", OF_APRIL))
    assert header[:5] == expected[0]
    # The newest first.
    assert [row[:5] for row in rows[::-1]] == expected[1:]


def test_the_name_says_what_it_is(staff, counted):
    answer = staff.get(f"{FILE}sources.xlsx", {**OF_APRIL, "account__id__exact": counted.pk})
    disposition = answer["Content-Disposition"]
    assert f"sources-{counted.app_id}-2024-04-01-2024-04-30.xlsx" in disposition


@pytest.mark.parametrize("name", ["x.csv", "growth.pdf", "growth.exe"])
def test_there_are_no_others(staff, counted, name):
    assert staff.get(f"{FILE}{name}").status_code == 404


def test_a_channel_s_name_that_a_spreadsheet_would_run_stays_a_text(staff, counted):
    Channel.objects.update(name="=1+1")
    rows = rows_of(staff.get(f"{FILE}channels.csv", OF_APRIL))
    assert "'=1+1" in {row[0] for row in rows}
    sheet = load_workbook(io.BytesIO(staff.get(f"{FILE}channels.xlsx", OF_APRIL).content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]
