import csv
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override

from followers.history.recount import recount
from followers.models import Channel, OfficialAccount
from followers.statistics import days
from tests.history.random_rows import fill

TODAY = datetime(2024, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def counted(account, monkeypatch):
    """On 10 March 2024; the baseline is of 1 January."""
    monkeypatch.setattr(days, "db_now", lambda: TODAY)
    fill(account, 200)
    recount(account.pk)
    account.refresh_from_db()
    return account


def run(account, *options, language="en"):
    """Standard output and standard error."""
    out, err = StringIO(newline=""), StringIO()
    with override(language):
        call_command("export_statistics", account.app_id, *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def rows(account, *options):
    out, _err = run(account, "--json", *options)
    return json.loads(out)


@pytest.mark.parametrize(
    ("by", "language", "header"),
    [
        ("day", "en", "date,joined,left,net,total"),
        ("source", "en", "source,joined,left,net"),
        ("channel", "en", "scene,channel,group,scans,joined,left,staying"),
        ("day", "zh-hans", "日期,新增人数,取消关注人数,净增人数,累积人数"),
    ],
)
def test_the_file_has_a_translated_header(counted, by, language, header):
    out, _err = run(counted, "--by", by, language=language)
    assert out.startswith("\ufeff")
    first = out[1:].splitlines()[0]
    assert first.lower().split(",")[:3] == header.split(",")[:3]
    assert len(first.split(",")) == len(header.split(","))


@pytest.mark.parametrize("by", ["day", "source", "channel"])
def test_both_forms_say_the_same(counted, by):
    Channel.objects.create(account=counted, scene="7", name='=cmd "x", y')
    out, err = run(counted, "--by", by)
    lines = list(csv.reader(StringIO(out[1:], newline="")))[1:]
    told = [[str(value) for value in row.values()] for row in rows(counted, "--by", by)]
    assert lines
    assert [[it.removeprefix("'") for it in line] for line in lines] == told
    assert err == ""


def test_the_keys_are_a_contract(counted):
    keys = {by: list(rows(counted, "--by", by)[0]) for by in ("day", "source", "channel")}
    assert keys == {
        "day": ["date", "joined", "left", "net", "total"],
        "source": ["source", "joined", "left", "net"],
        "channel": ["scene", "channel", "group", "scans", "joined", "left", "staying"],
    }


def test_by_default_from_the_day_after_the_baseline_to_today(counted):
    dates = [row["date"] for row in rows(counted)]
    assert (dates[0], dates[-1], len(dates)) == ("2024-01-02", "2024-03-10", 69)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--from", "2024-02-01", "--to", "2024-02-03"], ["2024-02-01", "2024-02-03"]),
        (["--from", "2024-02-01", "--to", "2024-02-01"], ["2024-02-01", "2024-02-01"]),
        (["--from", "2001-01-01"], ["2024-01-01", "2024-03-10"]),
        (["--to", "2099-12-31"], ["2024-01-02", "2024-03-10"]),
    ],
)
def test_both_ends_belong_to_the_period(counted, options, expected):
    dates = [row["date"] for row in rows(counted, *options)]
    assert [dates[0], dates[-1]] == expected


def test_joined_minus_left_is_the_difference_of_totals(counted):
    found = rows(counted)
    assert any(row["net"] for row in found)
    for one, other in pairwise(found):
        assert other["joined"] - other["left"] == other["total"] - one["total"]


def test_where_no_total_is_claimed_it_is_null(counted):
    OfficialAccount.objects.update(following=None)
    assert {row["total"] for row in rows(counted)} == {None}
    out, _err = run(counted)
    assert out.splitlines()[1].endswith(",")


@pytest.mark.parametrize(
    "options",
    [
        ["--from", "2024-02-03", "--to", "2024-02-01"],
        ["--from", "2024-03-11"],
        ["--from", "yesterday"],
        ["--to", "2024-02-30"],
        ["--from", ""],
        ["--to", "99999-01-01"],
    ],
)
def test_wrong_usage_is_refused(counted, options):
    with pytest.raises(CommandError) as refused:
        run(counted, *options)
    assert refused.value.returncode == 2


def test_an_unknown_account_is_refused(db):
    with pytest.raises(CommandError) as refused:
        call_command("export_statistics", "wx0000000000000000")
    assert refused.value.returncode == 2


def test_before_the_first_list_it_says_what_to_do(account):
    out, err = run(account, "--json")
    assert json.loads(out) == []
    assert f"sync_followers {account.app_id}" in err
    out, _err = run(account)
    assert len(out.splitlines()) == 1


def test_days_before_the_first_whole_one_have_no_figures(counted):
    out, err = run(counted, "--json", "--to", "2023-12-31")
    assert json.loads(out) == []
    assert "2024-01-01" in err


def test_what_is_still_to_be_counted_is_counted_first(counted, settings):
    OfficialAccount.objects.update(statistics_zone="")
    assert "were counted, in days of the time zone Asia/Shanghai" in run(counted)[1]
    assert run(counted)[1] == ""
    settings.TIME_ZONE = "UTC"
    assert "counted anew, in days of the new time zone UTC" in run(counted)[1]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file that another process can open")
def test_a_reader_that_stops_reading_is_no_error(installation):
    command = [sys.executable, "manage.py", "export_statistics", "wx0", "--json"]
    done = subprocess.run(
        f"{' '.join(command)} | true",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, **installation.environment},
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_dates_are_those_of_the_account(counted):
    assert date.fromisoformat(rows(counted)[0]["date"]) == date(2024, 1, 2)
